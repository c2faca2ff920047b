Feature: sort_by and limit
  sort_by=field:ascending or field:descending orders records or groups; limit=N keeps the first N of them.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario Outline: Records by a field; those that have the same keep the order of their time and id
    Given the records
      | _id | _timestamp             | place    |
      | "a" | "2013-01-03T00:00:00Z" | "London" |
      | "b" | "2013-01-01T00:00:00Z" | "York"   |
      | "c" | "2013-01-02T00:00:00Z" | "London" |
      | "d" | "2013-01-02T00:00:00Z" | "Leeds"  |
    When I GET "/data/licensing/volumes?sort_by=<sort>"
    Then the ids in order are <ids>

    Examples:
      | sort                  | ids                  |
      | place:ascending       | ["d", "c", "a", "b"] |
      | place:descending      | ["b", "c", "a", "d"] |
      | _timestamp:ascending  | ["b", "c", "d", "a"] |
      | _timestamp:descending | ["a", "c", "d", "b"] |
      | _id:descending        | ["d", "c", "b", "a"] |
      | nobody_has:ascending  | ["b", "c", "d", "a"] |

  Scenario Outline: Records by values of mixed type: null and missing, numbers, strings, booleans
    Given the records
      | _id     | value |
      | "true"  | true  |
      | "text"  | "9"   |
      | "two"   | 2     |
      | "ten"   | 10    |
      | "null"  | null  |
      | "half"  | 0.5   |
    When I GET "/data/licensing/volumes?sort_by=value:<direction>"
    Then the ids in order are <ids>

    Examples:
      | direction  | ids                                             |
      | ascending  | ["null", "half", "two", "ten", "text", "true"]  |
      | descending | ["true", "text", "ten", "two", "half", "null"]  |

  Scenario Outline: At most so many records
    Given the records
      | _id | _timestamp             |
      | "a" | "2013-01-01T00:00:00Z" |
      | "b" | "2013-01-02T00:00:00Z" |
      | "c" | "2013-01-03T00:00:00Z" |
    When I GET "/data/licensing/volumes?<query>"
    Then the ids in order are <ids>

    Examples:
      | query                                 | ids             |
      | limit=2                               | ["a", "b"]      |
      | limit=0                               | ["a", "b", "c"] |
      | limit=100                             | ["a", "b", "c"] |
      | sort_by=_timestamp:descending&limit=1 | ["c"]           |
      | filter_by=_id:c&limit=1               | ["c"]           |

  Scenario Outline: Not an order
    When I GET "/data/licensing/volumes?sort_by=<sort>"
    Then the status is 400
    And the message names "sort_by"

    Examples:
      | sort                    |
      | place                   |
      | place:                  |
      | place:up                |
      | place:Ascending         |
      | ascending               |
      | volume:sum:descending   |
      | $place:ascending        |
      |                         |

  Scenario Outline: Not a limit
    When I GET "/data/licensing/volumes?limit=<limit>"
    Then the status is 400
    And the message names "limit"

    Examples:
      | limit |
      | -1    |
      | 1.5   |
      | ten   |
      | %2B3  |
      |       |

  Rule: Groups are ordered by what their rows have; ties keep the order of the keys

    Background:
      Given the records
        | _timestamp             | place    | volume |
        | "2013-01-01T00:00:00Z" | "Leeds"  | 3      |
        | "2013-01-01T00:00:00Z" | "London" | 1      |
        | "2013-02-01T00:00:00Z" | "London" | 2      |
        | "2013-01-01T00:00:00Z" | "York"   | 7      |
        | "2013-01-01T00:00:00Z" | "Bath"   | null   |

    Scenario: By the key
      When I GET "/data/licensing/volumes?group_by=place&sort_by=place:descending"
      Then the rows are
        | place    | _count |
        | "York"   | 1      |
        | "London" | 2      |
        | "Leeds"  | 1      |
        | "Bath"   | 1      |

    Scenario: By the number of records
      When I GET "/data/licensing/volumes?group_by=place&sort_by=_count:descending"
      Then the rows are
        | place    | _count |
        | "London" | 2      |
        | "Bath"   | 1      |
        | "Leeds"  | 1      |
        | "York"   | 1      |

    Scenario: By a collected value, named as in the row: the direction is behind the last colon
      When I GET "/data/licensing/volumes?group_by=place&collect=volume:sum&sort_by=volume:sum:descending"
      Then the rows are
        | place    | _count | volume:sum |
        | "York"   | 1      | 7          |
        | "Leeds"  | 1      | 3          |
        | "London" | 2      | 3          |
        | "Bath"   | 1      | 0          |

    Scenario Outline: Null is less than everything
      When I GET "/data/licensing/volumes?group_by=place&collect=volume:mean&sort_by=volume:mean:<direction>&limit=1"
      Then the rows are
        | place   | _count | volume:mean |
        | <place> | 1      | <mean>      |

      Examples:
        | direction  | place  | mean |
        | ascending  | "Bath" | null |
        | descending | "York" | 7    |

    Scenario: limit cuts what is sorted
      When I GET "/data/licensing/volumes?group_by=place&collect=volume:sum&sort_by=volume:sum:descending&limit=2"
      Then the rows are
        | place   | _count | volume:sum |
        | "York"  | 1      | 7          |
        | "Leeds" | 1      | 3          |

    Scenario: limit without sort_by keeps the first by key
      When I GET "/data/licensing/volumes?group_by=place&limit=2"
      Then the rows are
        | place   | _count |
        | "Bath"  | 1      |
        | "Leeds" | 1      |

    Scenario: With a period, both are about the groups
      When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2&group_by=place&sort_by=_group_count:descending&limit=1"
      Then the data is
        """
        [{"place": "London", "_count": 2, "_group_count": 2, "values": [
           {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2013-02-01T00:00:00+00:00", "_count": 1},
           {"_start_at": "2013-02-01T00:00:00+00:00", "_end_at": "2013-03-01T00:00:00+00:00", "_count": 1}]}]
        """

    Scenario Outline: Groups can't be sorted by what their rows don't have
      When I GET "/data/licensing/volumes?group_by=place&<query>"
      Then the status is 400
      And the message names "sort_by"

      Examples:
        | query                                            |
        | sort_by=volume:ascending                         |
        | sort_by=volume:sum:ascending                     |
        | collect=volume:sum&sort_by=volume:ascending      |
        | collect=volume:sum&sort_by=volume:mean:ascending |
        | sort_by=_timestamp:ascending                     |
        | sort_by=_group_count:ascending                   |
