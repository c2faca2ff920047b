Feature: flatten
  flatten=true answers one flat row per period and group instead of nesting, in order of time, then of the keys.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed
    And the records
      | _timestamp             | place    | kind | volume |
      | "2013-01-01T00:00:00Z" | "London" | "a"  | 1      |
      | "2013-01-31T00:00:00Z" | "London" | "b"  | 2      |
      | "2013-02-01T00:00:00Z" | "Leeds"  | "a"  | 5      |

  Scenario: Gaps are filled for every group
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-03-01T00:00:00Z&group_by=place&collect=volume:sum&flatten=true"
    Then the rows are
      | _start_at                   | _end_at                     | place    | _count | volume:sum |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | "Leeds"  | 0      | null       |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | "London" | 2      | 3          |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "Leeds"  | 1      | 5          |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "London" | 0      | null       |

  Scenario: Combinations are those that occur, somewhere in the range
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-03-01T00:00:00Z&group_by=kind&group_by=place&flatten=true"
    Then the rows are
      | _start_at                   | _end_at                     | kind | place    | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | "a"  | "Leeds"  | 0      |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | "a"  | "London" | 1      |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | "b"  | "London" | 1      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "a"  | "Leeds"  | 1      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "a"  | "London" | 0      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "b"  | "London" | 0      |

  Scenario: A bare collect is there under both names
    When I GET "/data/licensing/volumes?period=year&start_at=2013-01-01T00:00:00Z&duration=1&group_by=place&collect=kind&flatten=true"
    Then the rows are
      | _start_at                   | _end_at                     | place    | _count | kind       | kind:set   |
      | "2013-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "Leeds"  | 1      | ["a"]      | ["a"]      |
      | "2013-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "London" | 2      | ["a", "b"] | ["a", "b"] |

  Scenario: sort_by and limit choose and order the groups, as in the nested answer
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-03-01T00:00:00Z&group_by=place&group_by=kind&collect=volume:sum&sort_by=volume:sum:descending&limit=2&flatten=true"
    Then the rows are
      | _start_at                   | _end_at                     | place    | kind | _count | volume:sum |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | "Leeds"  | "a"  | 0      | null       |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | "London" | "b"  | 1      | 2          |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "Leeds"  | "a"  | 1      | 5          |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "London" | "b"  | 0      | null       |

  Scenario Outline: Flattening the nested answer gives the flat one
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-04-01T00:00:00Z&<query>"
    And I flatten the rows of that answer
    And I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-04-01T00:00:00Z&flatten=true&<query>"
    Then the rows are those flattened before

    Examples:
      | query                                                                                 |
      | group_by=place                                                                        |
      | group_by=place&group_by=kind&collect=volume:sum&collect=volume:mean                   |
      | group_by=kind&collect=place&sort_by=_count:descending                                 |
      | group_by=place&group_by=kind&collect=volume:max&sort_by=volume:max:ascending&limit=2  |
      | group_by=kind&inclusive=true                                                          |

  Scenario: Without a period it changes nothing
    When I GET "/data/licensing/volumes?group_by=place&flatten=true"
    Then the rows are
      | place    | _count |
      | "Leeds"  | 1      |
      | "London" | 2      |

  Scenario: Without a group it is the series
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-03-01T00:00:00Z&flatten=true"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 2      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |

  Scenario: No groups, no rows
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2&group_by=town&flatten=true"
    Then there are no rows

  Scenario: flatten=false nests
    When I GET "/data/licensing/volumes?period=year&start_at=2013-01-01T00:00:00Z&duration=1&group_by=place&limit=1&flatten=false"
    Then the data is
      """
      [{"place": "Leeds", "_count": 1, "_group_count": 1, "values": [
         {"_start_at": "2013-01-01T00:00:00+00:00", "_end_at": "2014-01-01T00:00:00+00:00", "_count": 1}]}]
      """

  Scenario Outline: flatten is true or false
    When I GET "/data/licensing/volumes?group_by=place&flatten=<flatten>"
    Then the status is 400
    And the message names "flatten"

    Examples:
      | flatten |
      | yes     |
      | 1       |
      | TRUE    |
      |         |
