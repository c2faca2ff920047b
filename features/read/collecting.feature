Feature: collect
  field:method adds a value of the field to each row, over the records of that row: sum, count, set, mean, min, max.
  A bare field means its set. Null and missing values are skipped.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: Every method
    Given the records
      | place    | volume |
      | "London" | 5      |
      | "London" | 1      |
      | "London" | 5      |
      | "London" | null   |
      | "London" |        |
    When I GET "/data/licensing/volumes?group_by=place&collect=volume:sum&collect=volume:count&collect=volume:set&collect=volume:min&collect=volume:max"
    Then the rows are
      | place    | _count | volume:sum | volume:count | volume:set | volume:min | volume:max |
      | "London" | 5      | 11         | 3            | [1, 5]     | 1          | 5          |

  Scenario: The mean is over the records that have the value
    Given the records
      | place    | volume |
      | "London" | 1      |
      | "London" | 2      |
      | "London" | null   |
    When I GET "/data/licensing/volumes?group_by=place&collect=volume:mean"
    Then the rows are
      | place    | _count | volume:mean |
      | "London" | 3      | 1.5         |

  Scenario: A bare field is its set, under both names
    Given the records
      | place    | kind |
      | "London" | "b"  |
      | "London" | "a"  |
      | "London" | "b"  |
    When I GET "/data/licensing/volumes?group_by=place&collect=kind"
    Then the rows are
      | place    | _count | kind:set   | kind       |
      | "London" | 3      | ["a", "b"] | ["a", "b"] |

  Scenario: Asked for bare and by name
    Given the records
      | place    | kind |
      | "London" | "a"  |
    When I GET "/data/licensing/volumes?group_by=place&collect=kind:set&collect=kind&collect=kind:set"
    Then the rows are
      | place    | _count | kind:set | kind  |
      | "London" | 1      | ["a"]    | ["a"] |

  Scenario: Several fields
    Given the records
      | place    | volume | cost |
      | "London" | 5      | 0.5  |
      | "London" | 1      | 0.25 |
    When I GET "/data/licensing/volumes?group_by=place&collect=cost:sum&collect=volume:max"
    Then the rows are
      | place    | _count | cost:sum | volume:max |
      | "London" | 2      | 0.75     | 5          |

  Scenario: With a period alone
    Given the records
      | _timestamp             | volume |
      | "2013-01-01T00:00:00Z" | 5      |
      | "2013-01-02T00:00:00Z" | 1      |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=1&collect=volume:sum&collect=volume:min"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume:sum | volume:min |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 2      | 6          | 1          |

  Scenario: A set of mixed types is sorted: numbers, strings, booleans; each value once
    Given the records
      | place    | value |
      | "London" | true  |
      | "London" | "a"   |
      | "London" | "1"   |
      | "London" | 1     |
      | "London" | 1.0   |
      | "London" | false |
      | "London" | -2.5  |
      | "London" | "a"   |
      | "London" | null  |
    When I GET "/data/licensing/volumes?group_by=place&collect=value:set&collect=value:count"
    Then the rows are
      | place    | _count | value:set                         | value:count |
      | "London" | 9      | [-2.5, 1, "1", "a", false, true]  | 8           |

  Scenario: Booleans count as 1 and 0
    Given the records
      | place    | online |
      | "London" | true   |
      | "London" | false  |
      | "London" | true   |
      | "London" | 3      |
    When I GET "/data/licensing/volumes?group_by=place&collect=online:sum&collect=online:mean&collect=online:min&collect=online:max"
    Then the rows are
      | place    | _count | online:sum | online:mean | online:min | online:max |
      | "London" | 4      | 5          | 1.25        | 0          | 3          |

  Scenario: No values: the sum is 0, the count 0, the set empty, and there is no mean, least or greatest
    Given the records
      | place    | volume |
      | "London" | null   |
      | "London" |        |
    When I GET "/data/licensing/volumes?group_by=place&collect=volume&collect=volume:sum&collect=volume:count&collect=volume:mean&collect=volume:min&collect=volume:max"
    Then the rows are
      | place    | _count | volume | volume:set | volume:sum | volume:count | volume:mean | volume:min | volume:max |
      | "London" | 2      | []     | []         | 0          | 0            | null        | null       | null       |

  Scenario: Integers stay exact integers in sums
    Given the records
      | place    | volume              |
      | "London" | 9007199254740993    |
      | "London" | 1                   |
      | "Leeds"  | 9223372036854775807 |
      | "Leeds"  | 9223372036854775807 |
      | "Leeds"  | 1                   |
    When I GET "/data/licensing/volumes?group_by=place&collect=volume:sum&collect=volume:max"
    Then the rows are
      | place    | _count | volume:sum           | volume:max          |
      | "Leeds"  | 3      | 18446744073709551615 | 9223372036854775807 |
      | "London" | 2      | 9007199254740994     | 9007199254740993    |

  Scenario: A value and its total agree: a group's mean is that of its records, not of its periods
    Given the records
      | _timestamp             | place    | volume |
      | "2013-01-01T00:00:00Z" | "London" | 1      |
      | "2013-01-02T00:00:00Z" | "London" | 1      |
      | "2013-01-03T00:00:00Z" | "London" | 1      |
      | "2013-02-01T00:00:00Z" | "London" | 5      |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2&group_by=place&collect=volume:mean&collect=volume:set"
    Then the data is
      """
      [{"place": "London", "_count": 4, "_group_count": 2, "volume:mean": 2, "volume:set": [1, 5], "values": [
         {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2013-02-01T00:00:00+00:00",
          "_count": 3, "volume:mean": 1, "volume:set": [1]},
         {"_start_at": "2013-02-01T00:00:00+00:00", "_end_at": "2013-03-01T00:00:00+00:00",
          "_count": 1, "volume:mean": 5, "volume:set": [5]}]}]
      """

  Scenario Outline: Text has no sum, mean, least or greatest
    Given the records
      | _timestamp             | place    | volume |
      | "2013-01-01T00:00:00Z" | "London" | 1      |
      | "2013-01-01T00:00:00Z" | "London" | "2"    |
    When I GET "/data/licensing/volumes?<query>&collect=volume:<method>"
    Then the status is 400
    And the message is "invalid collect function"

    Examples:
      | query                                                                 | method |
      | group_by=place                                                        | sum    |
      | group_by=place                                                        | mean   |
      | group_by=place                                                        | min    |
      | group_by=place                                                        | max    |
      | period=day&start_at=2013-01-01T00:00:00Z&duration=1                   | sum    |
      | period=day&start_at=2013-01-01T00:00:00Z&duration=1&group_by=place    | mean   |

  Scenario: Text that is not in the selection does not matter
    Given the records
      | _timestamp             | place    | volume |
      | "2013-01-01T00:00:00Z" | "London" | 1      |
      | "2013-01-02T00:00:00Z" | "London" | "two"  |
      | "2013-01-01T00:00:00Z" | "Leeds"  | "two"  |
    When I GET "/data/licensing/volumes?group_by=place&collect=volume:sum&filter_by=place:London&start_at=2013-01-01T00:00:00Z&end_at=2013-01-02T00:00:00Z"
    Then the rows are
      | place    | _count | volume:sum |
      | "London" | 1      | 1          |

  Scenario Outline: What can't be collected
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "collect"

    Examples:
      | query                                          |
      | group_by=place&collect=volume:median           |
      | group_by=place&collect=volume:SUM              |
      | group_by=place&collect=volume:                 |
      | group_by=place&collect=volume:sum:mean         |
      | group_by=place&collect=place                   |
      | group_by=place&group_by=kind&collect=kind:count |
      | collect=volume:sum                             |
      | collect=volume:sum&limit=3                     |
