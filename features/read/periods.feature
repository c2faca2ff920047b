Feature: period
  One row per period of the range, in time order, in UTC: its start, its end, how many records are in it,
  and what is collected of them. Empty periods are there too.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: hour
    Given the records
      | _timestamp                 |
      | "2013-01-07T08:59:59.999Z" |
      | "2013-01-07T09:00:00Z"     |
      | "2013-01-07T11:00:00Z"     |
      | "2013-01-07T11:59:59.999Z" |
      | "2013-01-07T12:00:00Z"     |
    When I GET "/data/licensing/volumes?period=hour&start_at=2013-01-07T09:00:00Z&end_at=2013-01-07T12:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-07T09:00:00+00:00" | "2013-01-07T10:00:00+00:00" | 1      |
      | "2013-01-07T10:00:00+00:00" | "2013-01-07T11:00:00+00:00" | 0      |
      | "2013-01-07T11:00:00+00:00" | "2013-01-07T12:00:00+00:00" | 2      |

  Scenario: day, over the end of February in a leap year
    Given the records
      | _timestamp             |
      | "2012-02-28T23:59:59Z" |
      | "2012-02-29T12:00:00Z" |
      | "2012-03-01T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=day&start_at=2012-02-28T00:00:00Z&end_at=2012-03-02T00:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2012-02-28T00:00:00+00:00" | "2012-02-29T00:00:00+00:00" | 1      |
      | "2012-02-29T00:00:00+00:00" | "2012-03-01T00:00:00+00:00" | 1      |
      | "2012-03-01T00:00:00+00:00" | "2012-03-02T00:00:00+00:00" | 1      |

  Scenario: week, from Monday
    Given the records
      | _timestamp             |
      | "2013-01-06T23:59:59Z" |
      | "2013-01-07T00:00:00Z" |
      | "2013-01-20T23:59:59Z" |
      | "2013-01-21T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=week&start_at=2012-12-31T00:00:00Z&end_at=2013-01-21T00:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2012-12-31T00:00:00+00:00" | "2013-01-07T00:00:00+00:00" | 1      |
      | "2013-01-07T00:00:00+00:00" | "2013-01-14T00:00:00+00:00" | 1      |
      | "2013-01-14T00:00:00+00:00" | "2013-01-21T00:00:00+00:00" | 1      |

  Scenario: month, whatever its length
    Given the records
      | _timestamp             |
      | "2013-01-31T23:59:59Z" |
      | "2013-02-01T00:00:00Z" |
      | "2013-02-28T23:59:59Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2012-12-01T00:00:00Z&end_at=2013-03-01T00:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2012-12-01T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | 0      |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 2      |

  Scenario: quarter, of the calendar year
    Given the records
      | _timestamp             |
      | "2013-03-31T23:59:59Z" |
      | "2013-04-01T00:00:00Z" |
      | "2013-06-30T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=quarter&start_at=2013-01-01T00:00:00Z&end_at=2013-10-01T00:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-04-01T00:00:00+00:00" | 1      |
      | "2013-04-01T00:00:00+00:00" | "2013-07-01T00:00:00+00:00" | 2      |
      | "2013-07-01T00:00:00+00:00" | "2013-10-01T00:00:00+00:00" | 0      |

  Scenario: year
    Given the records
      | _timestamp             |
      | "2011-12-31T23:59:59Z" |
      | "2012-12-31T23:59:59Z" |
      | "2013-01-01T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=year&start_at=2012-01-01T00:00:00Z&end_at=2014-01-01T00:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2012-01-01T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | 1      |
      | "2013-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | 1      |

  Scenario: The range runs from the start of the period that start_at is in to the end of the one that end_at is in
    Given the records
      | _timestamp             |
      | "2013-01-14T23:59:59Z" |
      | "2013-01-15T00:00:00Z" |
      | "2013-02-14T23:59:59Z" |
      | "2013-02-15T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-15T00:00:00Z&end_at=2013-02-15T00:00:00Z"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |

  Scenario: Dates with an offset are in the period that they are in by UTC
    Given the records
      | _timestamp                  |
      | "2013-01-01T00:30:00+01:00" |
    When I GET "/data/licensing/volumes?period=day&start_at=2013-01-01T00:30:00%2B01:00&end_at=2013-01-01T01:30:00%2B01:00"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2012-12-31T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | 1      |
      | "2013-01-01T00:00:00+00:00" | "2013-01-02T00:00:00+00:00" | 0      |

  Scenario: An end that is itself a boundary ends the range, inclusive or not, where no record lies on it
    Given the records
      | _timestamp             |
      | "2013-01-01T00:00:00Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-02-01T00:00:00Z&inclusive=true"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |

  Scenario: A record that lies on an inclusive end is shown, in the period that begins there
    Given the records
      | _timestamp             |
      | "2013-01-01T00:00:00Z" |
      | "2013-02-01T00:00:00Z" |
      | "2013-02-01T00:00:01Z" |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-02-01T00:00:00Z&inclusive=true"
    Then the rows are
      | _start_at                   | _end_at                     | _count |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 1      |

  Scenario: Collected values of an empty period are null; those of records without values are not
    Given the records
      | _timestamp             | volume |
      | "2013-01-01T00:00:00Z" | null   |
      | "2013-03-01T00:00:00Z" | 3      |
      | "2013-03-02T00:00:00Z" | 5      |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-04-01T00:00:00Z&collect=volume&collect=volume:sum&collect=volume:mean&collect=volume:count&collect=volume:max"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume | volume:set | volume:sum | volume:mean | volume:count | volume:max |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      | []     | []         | 0          | null        | 0            | null       |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 0      | null   | null       | null       | null        | null         | null       |
      | "2013-03-01T00:00:00+00:00" | "2013-04-01T00:00:00+00:00" | 2      | [3, 5] | [3, 5]     | 8          | 4           | 2            | 5          |

  Scenario: Without any record all periods are there, and empty
    When I GET "/data/licensing/volumes?period=year&start_at=2012-01-01T00:00:00Z&end_at=2014-01-01T00:00:00Z&collect=volume:sum"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume:sum |
      | "2012-01-01T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | 0      | null       |
      | "2013-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | 0      | null       |

  Scenario: A range without length has no periods
    When I GET "/data/licensing/volumes?period=day&start_at=2013-01-01T00:00:00Z&end_at=2013-01-01T00:00:00Z"
    Then there are no rows

  Scenario: Records without a time are in no period
    Given the records
      | _timestamp             | volume |
      |                        | 1      |
      | "2013-01-01T00:00:00Z" | 2      |
    When I GET "/data/licensing/volumes?period=year&start_at=2013-01-01T00:00:00Z&end_at=2014-01-01T00:00:00Z&collect=volume:sum"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume:sum |
      | "2013-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | 1      | 2          |

  Scenario Outline: Not a period
    When I GET "/data/licensing/volumes?period=<period>&start_at=2013-01-01T00:00:00Z&end_at=2013-02-01T00:00:00Z"
    Then the status is 400
    And the message names "period"

    Examples:
      | period    |
      | fortnight |
      | Week      |
      | weeks     |
      | minute    |
      |           |

  Scenario Outline: A period needs a range
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "period"

    Examples:
      | query                         |
      | period=week                   |
      | period=week&group_by=place    |
      | period=week&collect=place:set |

  Scenario Outline: Periods are in time order and come all, so there is nothing to sort or to cut
    When I GET "/data/licensing/volumes?period=week&start_at=2013-01-07T00:00:00Z&duration=2&<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                       | parameter |
      | sort_by=_start_at:ascending | sort_by   |
      | sort_by=_count:descending   | sort_by   |
      | limit=1                     | limit     |
      | limit=0                     | limit     |
