Feature: Parameters in general
  A query that can't be answered as asked is refused, and the message names the parameter.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario Outline: A parameter that is not known
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                     | parameter |
      | colour=red                | colour    |
      | Limit=3                   | Limit     |
      | start=2013-01-01          | start     |
      | group_by%5B%5D=place      | group_by  |
      | limit=1&groupby=place     | groupby   |
      | callback=show             | callback  |

  Scenario Outline: A parameter given twice that may be given once
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                                                               | parameter |
      | limit=1&limit=2                                                     | limit     |
      | sort_by=place:ascending&sort_by=volume:ascending                    | sort_by   |
      | period=day&period=week&start_at=2013-01-01T00:00:00Z&duration=1     | period    |
      | format=csv&format=json                                              | format    |

  Scenario Outline: Names that no field can have
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                                    | parameter        |
      | group_by=                                | group_by         |
      | group_by=a                               | group_by         |
      | group_by=9lives                          | group_by         |
      | group_by=two%20words                     | group_by         |
      | group_by=with-dash                       | group_by         |
      | group_by=with.dot                        | group_by         |
      | group_by=%24where                        | group_by         |
      | group_by=plac%C3%A9                      | group_by         |
      | group_by=place%0A                        | group_by         |
      | group_by=place&collect=with-dash         | collect          |
      | group_by=place&collect=                  | collect          |
      | group_by=place&collect=:sum              | collect          |
      | group_by=place&collect=a:sum             | collect          |
      | filter_by=with-dash:1                    | filter_by        |
      | filter_by=:1                             | filter_by        |
      | filter_by_prefix=with.dot:1              | filter_by_prefix |
      | sort_by=with-dash:ascending              | sort_by          |
      | sort_by=:ascending                       | sort_by          |

  Scenario Outline: Internal fields are not for grouping and collecting
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                                | parameter |
      | group_by=_id                         | group_by  |
      | group_by=_timestamp                  | group_by  |
      | group_by=place&group_by=_updated_at  | group_by  |
      | group_by=place&collect=_id           | collect   |
      | group_by=place&collect=_start_at:max | collect   |

  Scenario: Names may have upper case, digits and underscores
    Given the records
      | Place_2  |
      | "London" |
    When I GET "/data/licensing/volumes?group_by=Place_2&filter_by=Place_2:London"
    Then the rows are
      | Place_2  | _count |
      | "London" | 1      |
