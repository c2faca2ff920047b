Feature: start_at, end_at and inclusive
  They choose the records of a range of time: start_at <= _timestamp < end_at.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed
    And the records
      | _id       | _timestamp                |
      | "before"  | "2013-01-06T23:59:59Z"    |
      | "start"   | "2013-01-07T00:00:00Z"    |
      | "within"  | "2013-01-09T12:00:00Z"    |
      | "end"     | "2013-01-14T00:00:00Z"    |
      | "after"   | "2013-01-14T00:00:00.1Z"  |
      | "undated" |                           |

  Scenario: The start belongs to the range, the end does not; records without a time are in no range
    When I GET "/data/licensing/volumes?start_at=2013-01-07T00:00:00Z&end_at=2013-01-14T00:00:00Z"
    Then the records are
      | _id      | _timestamp                  |
      | "start"  | "2013-01-07T00:00:00+00:00" |
      | "within" | "2013-01-09T12:00:00+00:00" |

  Scenario: inclusive takes in the end
    When I GET "/data/licensing/volumes?start_at=2013-01-07T00:00:00Z&end_at=2013-01-14T00:00:00Z&inclusive=true"
    Then the records are
      | _id      | _timestamp                  |
      | "start"  | "2013-01-07T00:00:00+00:00" |
      | "within" | "2013-01-09T12:00:00+00:00" |
      | "end"    | "2013-01-14T00:00:00+00:00" |

  Scenario: inclusive=false is what is done anyway
    When I GET "/data/licensing/volumes?start_at=2013-01-09T12:00:00Z&end_at=2013-01-14T00:00:00Z&inclusive=false"
    Then the records are
      | _id      | _timestamp                  |
      | "within" | "2013-01-09T12:00:00+00:00" |

  Scenario: An inclusive range may be a single instant
    When I GET "/data/licensing/volumes?start_at=2013-01-09T12:00:00Z&end_at=2013-01-09T12:00:00Z&inclusive=true"
    Then the records are
      | _id      | _timestamp                  |
      | "within" | "2013-01-09T12:00:00+00:00" |

  Scenario Outline: Dates say how far from UTC they are
    When I GET "/data/licensing/volumes?start_at=<start>&end_at=<end>"
    Then the records are
      | _id      | _timestamp                  |
      | "start"  | "2013-01-07T00:00:00+00:00" |
      | "within" | "2013-01-09T12:00:00+00:00" |

    Examples:
      | start                        | end                         |
      | 2013-01-07T01:00:00%2B01:00  | 2013-01-09T13:00:01%2B01:00 |
      | 2013-01-06T19:00:00-05:00    | 2013-01-09T12:00:01Z        |
      | 2013-01-07T05:30:00%2B05:30  | 2013-01-09T12:00:00.5Z      |

  Scenario: They choose what is grouped, too
    Given the records
      | _timestamp             | place    |
      | "2012-12-31T00:00:00Z" | "London" |
      | "2013-01-08T00:00:00Z" | "London" |
      | "2013-01-09T00:00:00Z" | "London" |
    When I GET "/data/licensing/volumes?group_by=place&start_at=2013-01-07T00:00:00Z&end_at=2013-01-14T00:00:00Z"
    Then the rows are
      | place    | _count |
      | "London" | 2      |

  Scenario Outline: The end must not be before the start
    When I GET "/data/licensing/volumes?start_at=2013-01-14T00:00:00Z&end_at=2013-01-07T00:00:00Z<more>"
    Then the status is 400
    And the message names "end_at"

    Examples:
      | more            |
      |                 |
      | &group_by=place |
      | &period=day     |
      | &inclusive=true |

  Scenario Outline: Not dates
    When I GET "/data/licensing/volumes?start_at=<start>&end_at=<end>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | start                       | end                       | parameter |
      | yesterday                   | 2013-01-14T00:00:00Z      | start_at  |
      |                             | 2013-01-14T00:00:00Z      | start_at  |
      | 2013-01-07T00:00:00         | 2013-01-14T00:00:00Z      | start_at  |
      | 2013-01-07                  | 2013-01-14T00:00:00Z      | start_at  |
      | 2013-02-29T00:00:00Z        | 2013-03-14T00:00:00Z      | start_at  |
      | 2013-13-01T00:00:00Z        | 2014-01-14T00:00:00Z      | start_at  |
      | 2013-01-07T24:30:00Z        | 2013-01-14T00:00:00Z      | start_at  |
      | 2013-01-07T00:00:00+01:00   | 2013-01-14T00:00:00Z      | start_at  |
      | 0000-01-07T00:00:00Z        | 2013-01-14T00:00:00Z      | start_at  |
      | 1357516800                  | 2013-01-14T00:00:00Z      | start_at  |
      | 2013-01-07T00:00:00Z        | tomorrow                  | end_at    |
      | 2013-01-07T00:00:00Z        | 2013-01-14T00:00:00Z%0A   | end_at    |
      | 2013-01-07T00:00:00Z        | 9999-12-31T23:59:59-01:00 | end_at    |

  Scenario Outline: Each of the two needs the other, or a duration
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                                            | parameter |
      | start_at=2013-01-07T00:00:00Z                    | start_at  |
      | end_at=2013-01-07T00:00:00Z                      | end_at    |
      | start_at=2013-01-07T00:00:00Z&group_by=place     | start_at  |
      | end_at=2013-01-07T00:00:00Z&period=week          | end_at    |

  Scenario Outline: inclusive is true or false, and needs a date
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "inclusive"

    Examples:
      | query                                                                       |
      | start_at=2013-01-07T00:00:00Z&end_at=2013-01-14T00:00:00Z&inclusive=yes     |
      | start_at=2013-01-07T00:00:00Z&end_at=2013-01-14T00:00:00Z&inclusive=True    |
      | start_at=2013-01-07T00:00:00Z&end_at=2013-01-14T00:00:00Z&inclusive=        |
      | inclusive=true                                                              |
      | inclusive=false&group_by=place                                              |
