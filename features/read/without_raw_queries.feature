Feature: Data sets that don't allow raw queries
  That is the default. Only aggregates are answered, over whole days and at least seven of them, so that nobody singles
  out a record by narrowing a query.

  Background:
    Given a data set "licensing/volumes"
    And the records
      | _timestamp             | place    |
      | "2013-01-07T00:00:00Z" | "London" |
      | "2013-01-16T00:00:00Z" | "Leeds"  |

  Scenario Outline: Records themselves are not shown
    When I GET "/data/licensing/volumes<query>"
    Then the status is 400
    And the message begins with "querying for raw data is not allowed"

    Examples:
      | query                                                          |
      |                                                                |
      | ?filter_by=place:London                                        |
      | ?limit=1                                                       |
      | ?format=csv                                                    |
      | ?start_at=2013-01-07T00:00:00Z&end_at=2013-01-14T00:00:00Z     |

  Scenario: Groups are
    When I GET "/data/licensing/volumes?group_by=place"
    Then the rows are
      | place    | _count |
      | "Leeds"  | 1      |
      | "London" | 1      |

  Scenario: Periods are
    When I GET "/data/licensing/volumes?period=week&start_at=2013-01-07T00:00:00Z&end_at=2013-01-21T00:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-07T00:00:00+00:00" | "2013-01-14T00:00:00+00:00" | 1      |
      | "2013-01-14T00:00:00+00:00" | "2013-01-21T00:00:00+00:00" | 1      |

  Scenario Outline: Ranges of at least seven days, from midnight UTC to midnight UTC, from Monday for weeks, from the first for months
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 200

    Examples:
      | query                                                                                          |
      | group_by=place&start_at=2013-01-08T00:00:00Z&end_at=2013-01-15T00:00:00Z                        |
      | group_by=place&start_at=2013-01-08T01:00:00%2B01:00&end_at=2013-01-15T00:00:00Z                 |
      | period=day&start_at=2013-01-08T00:00:00Z&duration=7                                             |
      | period=day&duration=7                                                                           |
      | period=week&start_at=2013-01-07T00:00:00Z&duration=1                                            |
      | period=week&duration=1                                                                          |
      | period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-02-01T00:00:00Z                          |
      | period=month&duration=1                                                                         |
      | period=quarter&start_at=2013-01-01T00:00:00Z&duration=1                                         |
      | period=quarter&start_at=2013-01-08T00:00:00Z&end_at=2013-01-15T00:00:00Z                        |
      | period=year&end_at=2014-01-01T00:00:00Z&duration=1                                              |
      | period=hour&start_at=2013-01-07T09:30:00Z&end_at=2013-01-07T12:00:00Z                           |
      | period=hour&start_at=2013-01-07T09:00:00Z&duration=1                                            |
      | period=hour&duration=1&group_by=place                                                           |

  Scenario Outline: Spans under seven days
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "7 days"

    Examples:
      | query                                                                             |
      | group_by=place&start_at=2013-01-07T00:00:00Z&end_at=2013-01-13T00:00:00Z           |
      | group_by=place&start_at=2013-01-07T00:00:00Z&end_at=2013-01-07T00:00:00Z           |
      | period=day&start_at=2013-01-07T00:00:00Z&end_at=2013-01-13T00:00:00Z               |
      | period=day&start_at=2013-01-07T00:00:00Z&duration=6                                |
      | period=day&end_at=2013-01-07T00:00:00Z&duration=6                                  |
      | period=day&duration=6                                                              |

  Scenario Outline: Ranges that don't begin or end where they should
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                                                                                      | parameter |
      | group_by=place&start_at=2013-01-07T00:00:01Z&end_at=2013-01-21T00:00:00Z                    | start_at  |
      | group_by=place&start_at=2013-01-07T00:00:00Z&end_at=2013-01-21T12:00:00Z                    | end_at    |
      | group_by=place&start_at=2013-01-07T00:00:00%2B01:00&end_at=2013-01-21T00:00:00Z             | start_at  |
      | period=day&start_at=2013-01-07T00:00:00.5Z&duration=14                                      | start_at  |
      | period=week&start_at=2013-01-08T00:00:00Z&end_at=2013-01-21T00:00:00Z                       | start_at  |
      | period=week&start_at=2013-01-07T00:00:00Z&end_at=2013-01-20T00:00:00Z                       | end_at    |
      | period=week&start_at=2013-01-08T00:00:00Z&duration=2                                        | start_at  |
      | period=month&start_at=2013-01-02T00:00:00Z&end_at=2013-03-01T00:00:00Z                      | start_at  |
      | period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-02-28T00:00:00Z                      | end_at    |
      | period=month&end_at=2013-02-02T00:00:00Z&duration=2                                         | end_at    |
      | period=year&end_at=2014-01-01T00:00:01Z&duration=1                                          | end_at    |
