Feature: A duration slides over gaps
  A dashboard that asks for three months should not begin, or end, with months that have nothing to show.
  Going forward from start_at, the window moves on to begin at its first period that has data; going back, it moves
  back to end with its last that has. Its length stays, and it moves once.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: Going forward, the window moves to begin at its first period with data
    Given the records
      | _timestamp             | volume |
      | "2013-02-10T00:00:00Z" | 1      |
      | "2013-04-10T00:00:00Z" | 2      |
      | "2013-05-10T00:00:00Z" | 4      |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=3&collect=volume:sum"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume:sum |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      | 1          |
      | "2013-03-01T00:00:00+00:00" | "2013-04-01T00:00:00+00:00" | 0      | null       |
      | "2013-04-01T00:00:00+00:00" | "2013-05-01T00:00:00+00:00" | 1      | 2          |

  Scenario: Going back from end_at, it moves back to end with its last period with data
    Given the records
      | _timestamp             | volume |
      | "2012-10-10T00:00:00Z" | 1      |
      | "2012-12-31T23:59:59Z" | 2      |
      | "2013-01-01T00:00:00Z" | 4      |
    When I GET "/data/licensing/volumes?period=month&end_at=2013-04-01T00:00:00Z&duration=4&collect=volume:sum"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume:sum |
      | "2012-10-01T00:00:00+00:00" | "2012-11-01T00:00:00+00:00" | 1      | 1          |
      | "2012-11-01T00:00:00+00:00" | "2012-12-01T00:00:00+00:00" | 0      | null       |
      | "2012-12-01T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | 1      | 2          |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      | 4          |

  Scenario: Going back from now, likewise
    Given the records
      | _timestamp                            |
      | "{the year before last}-06-01T00:00:00Z" |
      | "{last year}-06-01T00:00:00Z"         |
    When I GET "/data/licensing/volumes?period=year&duration=2"
    Then the rows are
      | _start_at                                     | _end_at                            | _count |
      | "{the year before last}-01-01T00:00:00+00:00" | "{last year}-01-01T00:00:00+00:00" | 1      |
      | "{last year}-01-01T00:00:00+00:00"            | "{this year}-01-01T00:00:00+00:00" | 1      |

  Scenario: It moves once: what it comes to is not looked at again
    Given the records
      | _timestamp             |
      | "2013-03-10T00:00:00Z" |
      | "2013-06-10T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=3"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-03-01T00:00:00+00:00" | "2013-04-01T00:00:00+00:00" | 1      |
      | "2013-04-01T00:00:00+00:00" | "2013-05-01T00:00:00+00:00" | 0      |
      | "2013-05-01T00:00:00+00:00" | "2013-06-01T00:00:00+00:00" | 0      |

  Scenario: A gap at the other end, or in the middle, moves nothing
    Given the records
      | _timestamp             |
      | "2013-01-10T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 0      |
    When I GET "/data/licensing/volumes?period=month&end_at=2013-02-01T00:00:00Z&duration=2"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2012-12-01T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | 0      |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |

  Scenario: Without data in the window it stays, even if there is data beyond
    Given the records
      | _timestamp             |
      | "2013-03-10T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 0      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 0      |

  Scenario: Only records that the filters keep are data
    Given the records
      | _timestamp             | place    |
      | "2013-01-10T00:00:00Z" | "Leeds"  |
      | "2013-02-10T00:00:00Z" | "London" |
      | "2013-03-10T00:00:00Z" | "London" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2&filter_by=place:London"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |
      | "2013-03-01T00:00:00+00:00" | "2013-04-01T00:00:00+00:00" | 1      |

  Scenario: A window that has moved begins at the start of its first period
    Given the records
      | _timestamp             |
      | "2013-02-01T00:00:00Z" |
      | "2013-03-20T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-15T00:00:00Z&duration=2"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |
      | "2013-03-01T00:00:00+00:00" | "2013-04-01T00:00:00+00:00" | 1      |

  Scenario: A range with both dates does not move
    Given the records
      | _timestamp             |
      | "2013-02-10T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-03-01T00:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 0      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |

  Rule: With group_by it moves by the smallest such distance over the groups

    Background:
      Given the records
        | _timestamp             | place    |
        | "2013-02-10T00:00:00Z" | "London" |
        | "2013-03-10T00:00:00Z" | "Leeds"  |
        | "2013-04-10T00:00:00Z" | "Leeds"  |
        | "2013-05-10T00:00:00Z" | "London" |

    Scenario: Going forward
      When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=3&group_by=place"
      Then the data is
        """
        [{"place": "Leeds", "_count": 2, "_group_count": 2, "values": [
           {"_start_at": "2013-02-01T00:00:00+00:00", "_end_at": "2013-03-01T00:00:00+00:00", "_count": 0},
           {"_start_at": "2013-03-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 1},
           {"_start_at": "2013-04-01T00:00:00+00:00", "_end_at": "2013-05-01T00:00:00+00:00", "_count": 1}]},
         {"place": "London", "_count": 1, "_group_count": 1, "values": [
           {"_start_at": "2013-02-01T00:00:00+00:00", "_end_at": "2013-03-01T00:00:00+00:00", "_count": 1},
           {"_start_at": "2013-03-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 0},
           {"_start_at": "2013-04-01T00:00:00+00:00", "_end_at": "2013-05-01T00:00:00+00:00", "_count": 0}]}]
        """

    Scenario: Going back
      When I GET "/data/licensing/volumes?period=month&end_at=2013-07-01T00:00:00Z&duration=3&group_by=place"
      Then the data is
        """
        [{"place": "Leeds", "_count": 2, "_group_count": 2, "values": [
           {"_start_at": "2013-03-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 1},
           {"_start_at": "2013-04-01T00:00:00+00:00", "_end_at": "2013-05-01T00:00:00+00:00", "_count": 1},
           {"_start_at": "2013-05-01T00:00:00+00:00", "_end_at": "2013-06-01T00:00:00+00:00", "_count": 0}]},
         {"place": "London", "_count": 1, "_group_count": 1, "values": [
           {"_start_at": "2013-03-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 0},
           {"_start_at": "2013-04-01T00:00:00+00:00", "_end_at": "2013-05-01T00:00:00+00:00", "_count": 0},
           {"_start_at": "2013-05-01T00:00:00+00:00", "_end_at": "2013-06-01T00:00:00+00:00", "_count": 1}]}]
        """

    Scenario: Records without the group's field are no data
      Given the records
        | _timestamp             | place |
        | "2013-01-10T00:00:00Z" |       |
        | "2013-01-11T00:00:00Z" | null  |
      When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2&group_by=place"
      Then the data is
        """
        [{"place": "Leeds", "_count": 1, "_group_count": 1, "values": [
           {"_start_at": "2013-02-01T00:00:00+00:00", "_end_at": "2013-03-01T00:00:00+00:00", "_count": 0},
           {"_start_at": "2013-03-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 1}]},
         {"place": "London", "_count": 1, "_group_count": 1, "values": [
           {"_start_at": "2013-02-01T00:00:00+00:00", "_end_at": "2013-03-01T00:00:00+00:00", "_count": 1},
           {"_start_at": "2013-03-01T00:00:00+00:00", "_end_at": "2013-04-01T00:00:00+00:00", "_count": 0}]}]
        """

  Rule: With flatten it never moves

    Background:
      Given the records
        | _timestamp             | place    |
        | "2013-02-10T00:00:00Z" | "London" |

    Scenario: A series
      When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2&flatten=true"
      Then the rows are
        | _start_at                   | _end_at                     | _count |
        | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 0      |
        | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |

    Scenario: Groups, forward and back
      When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2&group_by=place&flatten=true"
      Then the rows are
        | _start_at                   | _end_at                     | place    | _count |
        | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | "London" | 0      |
        | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "London" | 1      |
      When I GET "/data/licensing/volumes?period=month&end_at=2013-04-01T00:00:00Z&duration=2&group_by=place&flatten=true"
      Then the rows are
        | _start_at                   | _end_at                     | place    | _count |
        | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | "London" | 1      |
        | "2013-03-01T00:00:00+00:00" | "2013-04-01T00:00:00+00:00" | "London" | 0      |
