Feature: filter_by and filter_by_prefix
  field:value keeps the records that hold the value. Different fields must all match; the same field given
  again may hold any of its values.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: One value
    Given the records
      | _id | place    |
      | "a" | "London" |
      | "b" | "london" |
      | "c" | "Leeds"  |
      | "d" | null     |
      | "e" |          |
    When I GET "/data/licensing/volumes?filter_by=place:London"
    Then the records are
      | _id | place    |
      | "a" | "London" |

  Scenario: Several fields must all match
    Given the records
      | _id | place    | kind |
      | "a" | "London" | "x"  |
      | "b" | "London" | "y"  |
      | "c" | "Leeds"  | "y"  |
    When I GET "/data/licensing/volumes?filter_by=place:London&filter_by=kind:y"
    Then the records are
      | _id | place    | kind |
      | "b" | "London" | "y"  |

  Scenario: The same field again: any of its values
    Given the records
      | _id | place    | kind |
      | "a" | "London" | "x"  |
      | "b" | "York"   | "x"  |
      | "c" | "Leeds"  | "x"  |
      | "d" | "Leeds"  | "y"  |
    When I GET "/data/licensing/volumes?filter_by=place:London&filter_by=place:Leeds&filter_by=kind:x"
    Then the records are
      | _id | place    | kind |
      | "a" | "London" | "x"  |
      | "c" | "Leeds"  | "x"  |

  Scenario Outline: A value that reads as a JSON number matches that number and the string, true and false match both, too
    Given the records
      | _id      | value |
      | "int"    | 1     |
      | "real"   | 1.5   |
      | "text"   | "1"   |
      | "text-r" | "1.5" |
      | "true"   | true  |
      | "false"  | false |
      | "text-t" | "true" |
      | "zero"   | 0     |
      | "null"   | null  |
    When I GET "/data/licensing/volumes?filter_by=value:<value>"
    Then the ids are <ids>

    Examples:
      | value | ids                |
      | 1     | ["int", "text"]    |
      | 1.0   | ["int"]            |
      | 1e0   | ["int"]            |
      | 1.5   | ["real", "text-r"] |
      | 01    | []                 |
      | %2B1  | []                 |
      | true  | ["text-t", "true"] |
      | false | ["false"]          |
      | True  | []                 |
      | 0     | ["zero"]           |

  Scenario: Integers match exactly, however large
    Given the records
      | _id | value             |
      | "a" | 9007199254740992  |
      | "b" | 9007199254740993  |
      | "c" | -9007199254740993 |
    When I GET "/data/licensing/volumes?filter_by=value:9007199254740993"
    Then the ids are ["b"]

  Scenario Outline: Only the first colon is one; everything else is taken as it is
    Given the records
      | _id     | value            |
      | "colon" | "time: 12:30"    |
      | "empty" | ""               |
      | "plus"  | "a+b"            |
      | "space" | "a b"            |
      | "quote" | "O'Neill \"x\""  |
      | "star"  | ".*"             |
      | "like"  | "100%_"          |
      | "money" | "$where"         |
      | "zoe"   | "Zoë 😀"         |
      | "back"  | "a\\b"           |
    When I GET "/data/licensing/volumes?filter_by=value:<value>"
    Then the ids are <ids>

    Examples:
      | value                 | ids       |
      | time:%2012:30         | ["colon"] |
      |                       | ["empty"] |
      | a%2Bb                 | ["plus"]  |
      | a+b                   | ["space"] |
      | a%20b                 | ["space"] |
      | O%27Neill%20%22x%22   | ["quote"] |
      | .*                    | ["star"]  |
      | 100%25_               | ["like"]  |
      | $where                | ["money"] |
      | Zo%C3%AB%20%F0%9F%98%80 | ["zoe"] |
      | a%5Cb                 | ["back"]  |
      | %25                   | []        |

  Scenario: By id
    Given the records
      | _id | place    |
      | "a" | "London" |
      | "b" | "Leeds"  |
    When I GET "/data/licensing/volumes?filter_by=_id:b"
    Then the ids are ["b"]

  Scenario Outline: By an instant, however it is written
    Given the records
      | _id | _timestamp             |
      | "a" | "2013-01-01T00:00:00Z" |
      | "b" | "2013-01-02T00:00:00Z" |
    When I GET "/data/licensing/volumes?filter_by=_timestamp:<instant>"
    Then the ids are <ids>

    Examples:
      | instant                     | ids   |
      | 2013-01-02T00:00:00Z        | ["b"] |
      | 2013-01-02T01:00:00%2B01:00 | ["b"] |
      | 2013-01-03T00:00:00Z        | []    |
      | soon                        | []    |

  Scenario: Groups and periods are of the records that are kept
    Given the records
      | _timestamp             | place    | volume |
      | "2013-01-01T00:00:00Z" | "London" | 1      |
      | "2013-01-01T00:00:00Z" | "Leeds"  | 2      |
      | "2013-01-01T00:00:00Z" | "London" | 4      |
    When I GET "/data/licensing/volumes?filter_by=place:London&period=day&start_at=2013-01-01T00:00:00Z&duration=1&collect=volume:sum"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume:sum |
      | "2013-01-01T00:00:00+00:00" | "2013-01-02T00:00:00+00:00" | 2      | 5          |
    When I GET "/data/licensing/volumes?filter_by=place:London&group_by=place&collect=volume:sum"
    Then the rows are
      | place    | _count | volume:sum |
      | "London" | 2      | 5          |

  Scenario: A field that no record has
    Given the records
      | place    |
      | "London" |
    When I GET "/data/licensing/volumes?filter_by=town:London"
    Then there are no rows

  Scenario Outline: A prefix is what string values begin with, taken literally
    Given the records
      | _id    | value          |
      | "a"    | "London"       |
      | "b"    | "Londonderry"  |
      | "c"    | "london"       |
      | "d"    | "East London"  |
      | "dots" | ".*x"          |
      | "like" | "_%x"          |
      | "12"   | 12             |
      | "12t"  | "12"           |
      | "true" | true           |
      | "zoe"  | "Zoë"          |
      | "null" | null           |
    When I GET "/data/licensing/volumes?filter_by_prefix=value:<prefix>"
    Then the ids are <ids>

    Examples:
      | prefix  | ids           |
      | London  | ["a", "b"]    |
      | Londond | ["b"]         |
      | .*      | ["dots"]      |
      | _%25    | ["like"]      |
      | ^Lon    | []            |
      | 1       | ["12t"]       |
      | t       | []            |
      | Zo      | ["zoe"]       |
      | Zo%C3%AB | ["zoe"]      |

  Scenario: An empty prefix keeps all strings
    Given the records
      | _id | value |
      | "a" | "x"   |
      | "b" | ""    |
      | "c" | 1     |
      | "d" |       |
    When I GET "/data/licensing/volumes?filter_by_prefix=value:"
    Then the ids are ["a", "b"]

  Scenario: Several prefixes: of the same field any, of different fields all
    Given the records
      | _id | place    | kind |
      | "a" | "London" | "x1" |
      | "b" | "York"   | "x2" |
      | "c" | "Leeds"  | "x3" |
      | "d" | "Leeds"  | "y"  |
    When I GET "/data/licensing/volumes?filter_by_prefix=place:Lo&filter_by_prefix=place:Le&filter_by_prefix=kind:x"
    Then the ids are ["a", "c"]

  Scenario Outline: Not filters
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "<parameter>"

    Examples:
      | query                                          | parameter        |
      | filter_by=place                                | filter_by        |
      | filter_by=                                     | filter_by        |
      | filter_by=$where:1                             | filter_by        |
      | filter_by=%24or:x                              | filter_by        |
      | filter_by=place:London&filter_by=kind          | filter_by        |
      | filter_by_prefix=place                         | filter_by_prefix |
      | filter_by_prefix=$place:x                      | filter_by_prefix |
      | filter_by=place:London&filter_by_prefix=kind:x | filter_by_prefix |
