Feature: duration
  A whole number of periods: forward from start_at, else back from end_at, else back from now.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: Forward from start_at
    Given the records
      | _timestamp             |
      | "2013-01-06T00:00:00Z" |
      | "2013-01-07T00:00:00Z" |
      | "2013-01-20T23:59:59Z" |
      | "2013-01-21T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=week&start_at=2013-01-07T00:00:00Z&duration=2"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-07T00:00:00+00:00" | "2013-01-14T00:00:00+00:00" | 1      |
      | "2013-01-14T00:00:00+00:00" | "2013-01-21T00:00:00+00:00" | 1      |

  Scenario: Back from end_at
    Given the records
      | _timestamp             |
      | "2012-10-31T00:00:00Z" |
      | "2012-11-01T00:00:00Z" |
      | "2013-01-31T23:59:59Z" |
      | "2013-02-01T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&end_at=2013-02-01T00:00:00Z&duration=3"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2012-11-01T00:00:00+00:00" | "2012-12-01T00:00:00+00:00" | 1      |
      | "2012-12-01T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | 0      |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |

  Scenario: Back from now: the period that now is in is the last
    Given the records
      | _timestamp                      |
      | "{last year}-01-01T00:00:00Z"   |
      | "{this year}-01-01T00:00:00Z"   |
    When I GET "/data/licensing/volumes?period=year&duration=2"
    Then the rows are
      | _start_at                          | _end_at                          | _count |
      | "{last year}-01-01T00:00:00+00:00" | "{this year}-01-01T00:00:00+00:00" | 1    |
      | "{this year}-01-01T00:00:00+00:00" | "{next year}-01-01T00:00:00+00:00" | 1    |

  Scenario: Periods are whole, but what is before start_at does not count
    Given the records
      | _timestamp             |
      | "2013-01-14T00:00:00Z" |
      | "2013-01-15T00:00:00Z" |
      | "2013-02-28T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-15T00:00:00Z&duration=2"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |

  Scenario: Periods are whole, but what is not before end_at does not count
    Given the records
      | _timestamp             |
      | "2013-01-01T00:00:00Z" |
      | "2013-02-14T00:00:00Z" |
      | "2013-02-15T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&end_at=2013-02-15T00:00:00Z&duration=2"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |

  Scenario Outline: Not a duration
    When I GET "/data/licensing/volumes?period=week&start_at=2013-01-07T00:00:00Z&duration=<duration>"
    Then the status is 400
    And the message names "duration"

    Examples:
      | duration               |
      | 0                      |
      | -1                     |
      | 1.5                    |
      | 1e3                    |
      | two                    |
      | %2B2                   |
      | %202                   |
      | 0x10                   |
      | 1_000                  |
      | %D9%A3                 |
      | 99999999999999999999999 |
      |                        |

  Scenario Outline: What a duration goes with
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                                                                            | parameter |
      | duration=2                                                                       | period    |
      | duration=2&start_at=2013-01-07T00:00:00Z                                         | period    |
      | duration=2&group_by=place                                                        | period    |
      | period=week&duration=2&start_at=2013-01-07T00:00:00Z&end_at=2013-01-21T00:00:00Z | duration  |
