Feature: format=csv
  The same rows as a download for spreadsheets.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: A file to download
    When I GET "/data/licensing/volumes?format=csv"
    Then the status is 200
    And the header "Content-Disposition" is "attachment; filename=export.csv"
    And the header "Content-Type" begins with "text/csv"
    And the header "Content-Type" begins with "text/csv; charset=utf-8"
    And the header "Cache-Control" is "max-age=1800, must-revalidate"

  Scenario: A header of all keys, sorted; cells of rows that don't have a key are empty
    Given the records
      | place    | kind     | volume | online |
      | "London" | "a"      | 12     | true   |
      | "Leeds"  | "a"      | 1.5    | false  |
      | "Leeds"  | "b"      | null   |        |
    When I GET "/data/licensing/volumes?group_by=place&group_by=kind&collect=volume:mean&collect=online:set&format=csv"
    Then the csv is
      | _count | kind | online:set | place  | volume:mean |
      | 1      | a    | false      | Leeds  | 1.5         |
      | 1      | b    |            | Leeds  |             |
      | 1      | a    | true       | London | 12.0        |

  Scenario: Records
    Given the records
      | _id | place    | volume | online |
      | "a" | "London" | 12     | true   |
      | "b" | "Leeds"  | 1.5    |        |
    When I GET "/data/licensing/volumes?format=csv&filter_by=_id:b"
    Then the csv begins with the columns "_id", "_updated_at", "place", "volume"
    When I GET "/data/licensing/volumes?format=csv"
    Then the csv begins with the columns "_id", "_updated_at", "online", "place", "volume"

  Scenario: Nested answers are flattened first
    Given the records
      | _timestamp             | place    | volume |
      | "2013-01-01T00:00:00Z" | "London" | 1      |
      | "2013-02-01T00:00:00Z" | "Leeds"  | 5      |
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=2&group_by=place&collect=volume:sum&format=csv"
    Then the csv is
      | _count | _end_at                   | _start_at                 | place  | volume:sum |
      | 0      | 2013-02-01T00:00:00+00:00 | 2013-01-01T00:00:00+00:00 | Leeds  |            |
      | 1      | 2013-02-01T00:00:00+00:00 | 2013-01-01T00:00:00+00:00 | London | 1          |
      | 1      | 2013-03-01T00:00:00+00:00 | 2013-02-01T00:00:00+00:00 | Leeds  | 5          |
      | 0      | 2013-03-01T00:00:00+00:00 | 2013-02-01T00:00:00+00:00 | London |            |

  Scenario: Lists are joined, and cells with commas, quotes and line ends stay one cell
    Given the records
      | place            | kind |
      | "London, \"UK\"" | "a"  |
      | "London, \"UK\"" | "b"  |
      | "Zoë"            | 1    |
    When I GET "/data/licensing/volumes?group_by=place&collect=kind:set&format=csv"
    Then the csv is
      | _count | kind:set | place        |
      | 2      | a, b     | London, "UK" |
      | 1      | 1        | Zoë          |

  Scenario Outline: Text that a spreadsheet would run as a formula is made harmless, numbers stay numbers
    Given the records
      | value   |
      | <value> |
    When I GET "/data/licensing/volumes?group_by=value&format=csv"
    Then the csv is
      | _count | value  |
      | 1      | <cell> |

    Examples:
      | value                    | cell                  |
      | "=HYPERLINK(\"x\")"      | '=HYPERLINK("x")      |
      | "+1"                     | '+1                   |
      | "-1"                     | '-1                   |
      | "@SUM(A1)"               | '@SUM(A1)             |
      | -1                       | -1                    |
      | "a=b"                    | a=b                   |

  Scenario: Parameters mean the same as always
    Given the records
      | place    | volume |
      | "London" | 1      |
      | "Leeds"  | 5      |
    When I GET "/data/licensing/volumes?group_by=place&sort_by=place:descending&limit=1&format=csv"
    Then the csv is
      | _count | place  |
      | 1      | London |

  Scenario: format=json is what is answered anyway
    When I GET "/data/licensing/volumes?format=json"
    Then the header "Content-Type" begins with "application/json"
    And there are no rows

  Scenario: An error is JSON
    When I GET "/data/licensing/volumes?format=csv&limit=few"
    Then the status is 400
    And the message names "limit"

  Scenario Outline: Not a format
    When I GET "/data/licensing/volumes?format=<format>"
    Then the status is 400
    And the message names "format"

    Examples:
      | format |
      | xml    |
      | CSV    |
      |        |
