Feature: Bodies
  JSON, or a record a line (application/x-ndjson), or a table (text/csv); each of them may be compressed with gzip.
  A body that can't be read is answered with 400, never with 500, and stores nothing.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario Outline: JSON may say that it is UTF-8
    When I POST "/data/licensing/volumes" with its token, as "<type>"
      """
      {"_id": "a", "place": "Zoë"}
      """
    Then the status is 200
    And "licensing/volumes" holds
      | _id | place |
      | "a" | "Zoë" |

    Examples:
      | type                            |
      | application/json                |
      | application/json; charset=utf-8 |
      | Application/JSON;charset=UTF-8  |

  Scenario: A record a line
    When I POST "/data/licensing/volumes" with its token, as "application/x-ndjson"
      """
      {"_id": "a", "place": "London", "volume": 12}
      {"_id": "b", "place": "Leeds", "volume": null}
      """
    Then the status is 200
    And "licensing/volumes" holds
      | _id | place    | volume |
      | "a" | "London" | 12     |
      | "b" | "Leeds"  | null   |

  Scenario: A table: numbers, booleans and empty cells become numbers, booleans and nulls; quoted cells stay text
    When I POST "/data/licensing/volumes" with its token, as "text/csv"
      """
      _id,_timestamp,place,volume,share,online,code,note
      a,2013-01-01T00:00:00Z,London,12,-0.5,true,"12",
      b,2013-01-02T00:00:00Z,"Leeds, ""North""",1e3,0,false,"true",""
      """
    Then the status is 200
    And "licensing/volumes" holds
      | _id | _timestamp                  | place               | volume | share | online | code   | note |
      | "a" | "2013-01-01T00:00:00+00:00" | "London"            | 12     | -0.5  | true   | "12"   | null |
      | "b" | "2013-01-02T00:00:00+00:00" | "Leeds, \"North\""  | 1000   | 0     | false  | "true" | ""   |

  Scenario Outline: Compressed with gzip
    Given I compress what I send with gzip
    When I POST "/data/licensing/volumes" with its token, as "<type>"
      """
      <body>
      """
    Then the status is 200
    And "licensing/volumes" holds 1 records

    Examples:
      | type                 | body            |
      | application/json     | [{"volume": 1}] |
      | application/x-ndjson | {"volume": 1}   |

  Scenario: A table compressed with gzip
    Given I compress what I send with gzip
    When I POST "/data/licensing/volumes" with its token, as "text/csv"
      """
      _id,volume
      a,12
      """
    Then the status is 200
    And "licensing/volumes" holds
      | _id | volume |
      | "a" | 12     |

  Scenario: A body without bytes
    When I POST "/data/licensing/volumes" with its token and no body
    Then the status is 400
    And the message is "Expected JSON request body but received zero bytes."

  Scenario Outline: Not to be parsed
    When I POST "/data/licensing/volumes" with its token, as "<type>"
      """
      <body>
      """
    Then the status is 400
    And the message begins with "Error parsing <format>: "
    And "licensing/volumes" holds nothing

    Examples:
      | type                 | format | body                           |
      | application/json     | JSON   | {"volume": 12                  |
      | application/json     | JSON   | {'volume': 12}                 |
      | application/json     | JSON   | [{"volume": 12},]              |
      | application/json     | JSON   | {"volume": 12} {"volume": 13}  |
      | application/json     | JSON   | volume=12                      |
      | application/json     | JSON   | <volume>12</volume>            |
      | application/json     | JSON   | {"volume": 012}                |
      | application/x-ndjson | NDJSON | {"volume": 12} {"volume": 13}  |
      | application/x-ndjson | NDJSON | {"volume": 12},                |

  Scenario: The second line of two
    When I POST "/data/licensing/volumes" with its token, as "application/x-ndjson"
      """
      {"volume": 12}
      {"volume": }
      """
    Then the status is 400
    And the message begins with "Error parsing NDJSON: "
    And the message names "line 2"
    And "licensing/volumes" holds nothing

  Scenario: A table with a cell too many
    When I POST "/data/licensing/volumes" with its token, as "text/csv"
      """
      place,volume
      London,12
      Leeds,13,14
      """
    Then the status is 400
    And the message begins with "Error parsing CSV: "
    And the message names "line 3"
    And "licensing/volumes" holds nothing

  Scenario: A table with a column twice
    When I POST "/data/licensing/volumes" with its token, as "text/csv"
      """
      place,place
      London,Leeds
      """
    Then the status is 400
    And "licensing/volumes" holds nothing

  Scenario Outline: Another content type
    When I POST "/data/licensing/volumes" with its token, as "<type>"
      """
      {"volume": 12}
      """
    Then the status is 400
    And the message begins with "Expected header: Content-type: application/json"
    And the message names "application/x-ndjson"
    And the message names "text/csv"
    And "licensing/volumes" holds nothing

    Examples:
      | type                              |
      | text/plain                        |
      | application/x-www-form-urlencoded |
      | application/jsonp                 |

  Scenario: No content type
    When I POST "/data/licensing/volumes" with its token, without a content type
      """
      {"volume": 12}
      """
    Then the status is 400
    And the message begins with "Expected header: Content-type: application/json"

  Scenario Outline: Neither an object nor a list of objects
    When I POST "/data/licensing/volumes" with its token
      """
      <body>
      """
    Then the status is 400
    And "licensing/volumes" holds nothing

    Examples:
      | body              |
      | 12                |
      | "volume"          |
      | null              |
      | true              |
      | [12]              |
      | [[{"volume": 1}]] |
      | [null]            |

  Scenario Outline: JSON that only some would read, and read differently
    When I POST "/data/licensing/volumes" with its token
      """
      <body>
      """
    Then the status is 400
    And "licensing/volumes" holds nothing

    Examples:
      | body                                   |
      | {"volume": NaN}                        |
      | {"volume": Infinity}                   |
      | {"volume": -Infinity}                  |
      | {"volume": 1e999}                      |
      | {"volume": 9223372036854775808}        |
      | {"volume": -9223372036854775809}       |
      | {"volume": 123456789012345678901234567890123456789012345678901234567890 } |
      | {"place": "\ud800"}                    |
      | {"place": "\udc00\ud800"}              |
      | {"pl\ud800ace": "London"}              |
      | {"_id": "\udfff"}                      |
      | {"volume": 1, "volume": 2}             |
      | {"volume": 1, "vol\u0075me": 2}        |
      | {"_id": "a", "_id": "b"}               |
      | {"place": {"town": {"street": "x"}}}   |

  Scenario: Brackets upon brackets
    When I POST "/data/licensing/volumes" with its token and 90000 opening brackets
    Then the status is 400

  Scenario Outline: Bytes that are not UTF-8
    When I POST "/data/licensing/volumes" with its token and the bytes <bytes>
    Then the status is 400
    And "licensing/volumes" holds nothing

    Examples:
      | bytes                    |
      | {"place": "Zo\xeb"}      |
      | \xff\xfe{\x00}\x00       |
      | \x00                     |

  Scenario Outline: A gzip that is not one
    Given I send the header "Content-Encoding: gzip"
    When I POST "/data/licensing/volumes" with its token and the bytes <bytes>
    Then the status is 400
    And "licensing/volumes" holds nothing

    Examples:
      | bytes                            |
      | {"volume": 1}                    |
      | \x1f\x8b\x08\x00\x00\x00\x00\x00 |
      | \x1f\x8b                         |

  Scenario: An encoding that is not known
    Given I send the header "Content-Encoding: br"
    When I POST "/data/licensing/volumes" with its token
      """
      {"volume": 1}
      """
    Then the status is 400
    And the message names "gzip"

  Rule: A body may have so many bytes, decompressed. The limit is a setting; here it is 100000.

    Scenario: As many as the limit
      When I POST "/data/licensing/volumes" with its token and a record of 100000 bytes
      Then the status is 200
      And "licensing/volumes" holds 1 records

    Scenario: One more
      When I POST "/data/licensing/volumes" with its token and a record of 100001 bytes
      Then the status is 413
      And the message names "100000"
      And "licensing/volumes" holds nothing

    Scenario: A gzip of few bytes that become many
      Given I compress what I send with gzip
      When I POST "/data/licensing/volumes" with its token and a record of 100001 bytes
      Then the status is 413
      And "licensing/volumes" holds nothing

    Scenario: A gzip bomb
      When I POST "/data/licensing/volumes" with its token and 50 MB of spaces in a gzip
      Then the status is 413

    Scenario: The connection of a body that was refused unread takes further requests
      When I POST "/data/licensing/volumes" with its token and a record of 200000 bytes
      Then the status is 413
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      Then the status is 200
