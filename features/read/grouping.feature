Feature: group_by
  One row for each value of a field, or for each combination of the values of several, in ascending order of the keys.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: By one field
    Given the records
      | place    |
      | "London" |
      | "Leeds"  |
      | "London" |
    When I GET "/data/licensing/volumes?group_by=place"
    Then the rows are
      | place    | _count |
      | "Leeds"  | 1      |
      | "London" | 2      |

  Scenario: By two fields: the combinations that occur, in the order of the first and then of the second
    Given the records
      | place    | kind |
      | "London" | "b"  |
      | "London" | "a"  |
      | "Leeds"  | "b"  |
      | "London" | "a"  |
    When I GET "/data/licensing/volumes?group_by=place&group_by=kind"
    Then the rows are
      | place    | kind | _count |
      | "Leeds"  | "b"  | 1      |
      | "London" | "a"  | 2      |
      | "London" | "b"  | 1      |
    When I GET "/data/licensing/volumes?group_by=kind&group_by=place"
    Then the rows are
      | kind | place    | _count |
      | "a"  | "London" | 2      |
      | "b"  | "Leeds"  | 1      |
      | "b"  | "London" | 1      |

  Scenario: Records without one of the fields, or with null in it, are in no group
    Given the records
      | place    | kind |
      | "London" | "a"  |
      | "London" | null |
      | null     | "a"  |
      | "Leeds"  |      |
      |          |      |
    When I GET "/data/licensing/volumes?group_by=place"
    Then the rows are
      | place    | _count |
      | "Leeds"  | 1      |
      | "London" | 2      |
    When I GET "/data/licensing/volumes?group_by=place&group_by=kind"
    Then the rows are
      | place    | kind | _count |
      | "London" | "a"  | 1      |

  Scenario: Values of mixed type: numbers, then strings, then booleans
    Given the records
      | value   |
      | true    |
      | "b"     |
      | "10"    |
      | 10      |
      | ""      |
      | false   |
      | "9"     |
      | 9       |
      | 1       |
      | -1.5    |
      | 0       |
      | "B"     |
      | "é"     |
      | "true"  |
    When I GET "/data/licensing/volumes?group_by=value"
    Then the rows are
      | value   | _count |
      | -1.5    | 1      |
      | 0       | 1      |
      | 1       | 1      |
      | 9       | 1      |
      | 10      | 1      |
      | ""      | 1      |
      | "10"    | 1      |
      | "9"     | 1      |
      | "B"     | 1      |
      | "b"     | 1      |
      | "true"  | 1      |
      | "é"     | 1      |
      | false   | 1      |
      | true    | 1      |

  Scenario: 1 and 1.0 are the same value; 1, "1" and true are not
    Given the records
      | value |
      | 1     |
      | 1.0   |
      | "1"   |
      | true  |
    When I GET "/data/licensing/volumes?group_by=value"
    Then the rows are
      | value | _count |
      | 1     | 2      |
      | "1"   | 1      |
      | true  | 1      |

  Scenario: A field that no record has makes no groups
    Given the records
      | place    |
      | "London" |
    When I GET "/data/licensing/volumes?group_by=town"
    Then there are no rows

  Scenario: The same field twice is the field once
    Given the records
      | place    |
      | "London" |
    When I GET "/data/licensing/volumes?group_by=place&group_by=place"
    Then the rows are
      | place    | _count |
      | "London" | 1      |

  Rule: With a period, each group has its row of totals, and a row per period in "values"

    Background:
      Given the records
        | _timestamp             | place    | kind | volume |
        | "2013-01-01T00:00:00Z" | "London" | "a"  | 1      |
        | "2013-01-31T00:00:00Z" | "London" | "b"  | 2      |
        | "2013-03-01T00:00:00Z" | "London" | "a"  | 9      |
        | "2013-02-01T00:00:00Z" | "Leeds"  | "a"  | 5      |
        | "2013-02-01T00:00:00Z" | null     | "a"  | 7      |
        | "2013-04-01T00:00:00Z" | "York"   | "a"  | 7      |
        |                        | "Leeds"  | "a"  | 7      |

    Scenario: One field
      When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-04-01T00:00:00Z&group_by=place&collect=volume:sum&collect=volume:mean"
      Then the data is
        """
        [{"place": "Leeds", "_count": 1, "_group_count": 1, "volume:sum": 5, "volume:mean": 5, "values": [
           {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2013-02-01T00:00:00+00:00",
            "_count": 0, "volume:sum": null, "volume:mean": null},
           {"_start_at": "2013-02-01T00:00:00+00:00", "_end_at": "2013-03-01T00:00:00+00:00",
            "_count": 1, "volume:sum": 5, "volume:mean": 5},
           {"_start_at": "2013-03-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00",
            "_count": 0, "volume:sum": null, "volume:mean": null}]},
         {"place": "London", "_count": 3, "_group_count": 2, "volume:sum": 12, "volume:mean": 4, "values": [
           {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2013-02-01T00:00:00+00:00",
            "_count": 2, "volume:sum": 3, "volume:mean": 1.5},
           {"_start_at": "2013-02-01T00:00:00+00:00", "_end_at": "2013-03-01T00:00:00+00:00",
            "_count": 0, "volume:sum": null, "volume:mean": null},
           {"_start_at": "2013-03-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00",
            "_count": 1, "volume:sum": 9, "volume:mean": 9}]}]
        """

    Scenario: Two fields
      When I GET "/data/licensing/volumes?period=quarter&start_at=2013-01-01T00:00:00Z&duration=1&group_by=place&group_by=kind"
      Then the data is
        """
        [{"place": "Leeds", "kind": "a", "_count": 1, "_group_count": 1, "values": [
           {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 1}]},
         {"place": "London", "kind": "a", "_count": 2, "_group_count": 1, "values": [
           {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 2}]},
         {"place": "London", "kind": "b", "_count": 1, "_group_count": 1, "values": [
           {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 1}]}]
        """

    Scenario: No group in the range
      When I GET "/data/licensing/volumes?period=month&start_at=2014-01-01T00:00:00Z&duration=3&group_by=place"
      Then there are no rows

    Scenario Outline: A field called "values" would be where the periods go
      When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=1&<query>"
      Then the status is 400
      And the message names "values"

      Examples:
        | query                          |
        | group_by=values                |
        | group_by=place&collect=values  |
