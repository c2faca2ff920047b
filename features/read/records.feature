Feature: Records as they are stored
  A query with neither group_by nor period answers the records themselves, where the data set allows raw queries.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: Whole records, with their id, their time and when they were stored
    Given the records
      | _id   | _timestamp             | place    | volume | online | note |
      | "one" | "2013-01-01T00:00:00Z" | "London" | 12     | true   | null |
    When I GET "/data/licensing/volumes"
    Then the answer is
      """
      {"data": [{"_id": "one", "_timestamp": "2013-01-01T00:00:00+00:00", "_updated_at": "{date}",
                 "place": "London", "volume": 12, "online": true, "note": null}]}
      """

  Scenario: In order of time, then of id; those without a time come first
    Given the records
      | _id | _timestamp                  |
      | "c" | "2013-01-02T00:00:00Z"      |
      | "d" | "2013-01-01T00:00:00Z"      |
      | "b" | "2013-01-02T00:00:00Z"      |
      | "a" | "2013-01-02T00:00:00.5Z"    |
      | "e" |                             |
    When I GET "/data/licensing/volumes"
    Then the records are
      | _id | _timestamp                         |
      | "e" |                                    |
      | "d" | "2013-01-01T00:00:00+00:00"        |
      | "b" | "2013-01-02T00:00:00+00:00"        |
      | "c" | "2013-01-02T00:00:00+00:00"        |
      | "a" | "2013-01-02T00:00:00.500000+00:00" |

  Scenario: Values come back exactly as they were sent
    Given the records
      | _id | value                        |
      | "a" | 9223372036854775807          |
      | "b" | -9223372036854775808         |
      | "c" | 0.1                          |
      | "d" | -1.5e-300                    |
      | "e" | true                         |
      | "f" | 1                            |
      | "g" | "1"                          |
      | "h" | ""                           |
      | "i" | "Zoë \"Z\" O'Neill\n\t☃ 😀"   |
      | "j" | "\u0000"                     |
      | "k" | "2013-01-01T00:00:00+01:00"  |
      | "l" | null                         |
    When I GET "/data/licensing/volumes"
    Then the records are
      | _id | value                        |
      | "a" | 9223372036854775807          |
      | "b" | -9223372036854775808         |
      | "c" | 0.1                          |
      | "d" | -1.5e-300                    |
      | "e" | true                         |
      | "f" | 1                            |
      | "g" | "1"                          |
      | "h" | ""                           |
      | "i" | "Zoë \"Z\" O'Neill\n\t☃ 😀"   |
      | "j" | "\u0000"                     |
      | "k" | "2013-01-01T00:00:00+01:00"  |
      | "l" | null                         |

  Scenario: Keys keep their case, and those that differ only in it are different keys
    Given the records
      | _id | Volume | volume | VOLUME |
      | "a" | 1      | 2      |        |
      | "b" |        | 3      | 4      |
    When I GET "/data/licensing/volumes"
    Then the records are
      | _id | Volume | volume | VOLUME |
      | "a" | 1      | 2      |        |
      | "b" |        | 3      | 4      |

  Scenario: What is read can be posted back, and changes nothing
    Given the records
      | _id | _timestamp             | _start_at              | _end_at                | volume |
      | "a" | "2013-01-01T00:00:00Z" | "2013-01-01T00:00:00Z" | "2013-01-02T00:00:00Z" | 1      |
      | "b" | "2013-01-02T00:00:00Z" |                        |                        | null   |
    When I GET "/data/licensing/volumes"
    And I POST the rows of that answer to "/data/licensing/volumes" with its token
    Then the status is 200
    And "licensing/volumes" holds
      | _id | _timestamp                  | _start_at                   | _end_at                     | volume |
      | "a" | "2013-01-01T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | "2013-01-02T00:00:00+00:00" | 1      |
      | "b" | "2013-01-02T00:00:00+00:00" |                             |                             | null   |

  Scenario Outline: Parameters that make no sense with raw records
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query              | parameter |
      | collect=volume     | collect   |
      | collect=volume:sum | collect   |

  Scenario: Flattening records changes nothing
    Given the records
      | _id | volume |
      | "a" | 1      |
    When I GET "/data/licensing/volumes?flatten=true"
    Then the records are
      | _id | volume |
      | "a" | 1      |
