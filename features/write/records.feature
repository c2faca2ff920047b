Feature: Records
  A record is a flat JSON object: strings, numbers, booleans and null under keys of letters, digits and underscores.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario Outline: Keys
    When I POST "/data/licensing/volumes" with its token
      """
      {"<key>": 1}
      """
    Then the status is 200

    Examples:
      | key                 |
      | volume              |
      | Volume              |
      | VOLUME_2013         |
      | ab                  |
      | a_                  |
      | a1                  |
      | select              |

  Scenario Outline: Not keys
    When I POST "/data/licensing/volumes" with its token
      """
      {"_id": "x", "<key>": 1}
      """
    Then the status is 400
    And the message is "1 of 1 records were not valid"
    And the faults are
      | index | key     |
      | 0     | "<key>" |
    And "licensing/volumes" holds nothing

    Examples:
      | key          |
      |              |
      | a            |
      | 2013_volume  |
      | with-dash    |
      | with.dot     |
      | two words    |
      | $where       |
      | volume:sum   |
      | plaçe        |
      | volume\n     |
      | ..           |

  Scenario Outline: Values that are not flat
    When I POST "/data/licensing/volumes" with its token
      """
      {"_id": "x", "place": <value>}
      """
    Then the status is 400
    And the faults are
      | index | key     |
      | 0     | "place" |
    And "licensing/volumes" holds nothing

    Examples:
      | value              |
      | {}                 |
      | {"town": "London"} |
      | []                 |
      | ["London"]         |

  Scenario: When it was stored is added to each record
    Given the records
      | _id |
      | "a" |
    When I GET "/data/licensing/volumes"
    Then the answer is
      """
      {"data": [{"_id": "a", "_updated_at": "{date}"}]}
      """
    And the records were stored just now

  Rule: A leading underscore is Backdrop's

    Scenario: Reserved keys that a sender may give
      When I POST "/data/licensing/volumes" with its token
        | _id | _timestamp             | _start_at              | _end_at                |
        | "a" | "2013-01-01T00:00:00Z" | "2013-01-01T00:00:00Z" | "2013-01-08T00:00:00Z" |
      Then the status is 200
      And "licensing/volumes" holds
        | _id | _timestamp                  | _start_at                   | _end_at                     |
        | "a" | "2013-01-01T00:00:00+00:00" | "2013-01-01T00:00:00+00:00" | "2013-01-08T00:00:00+00:00" |

    Scenario: Keys that Backdrop itself adds are accepted and ignored
      When I POST "/data/licensing/volumes" with its token
        """
        {"_id": "a", "_updated_at": "1999-01-01T00:00:00Z", "_hour_start_at": "1999-01-01T00:00:00Z",
         "_day_start_at": "1999-01-01T00:00:00Z", "_week_start_at": "1999-01-01T00:00:00Z",
         "_month_start_at": "1999-01-01T00:00:00Z", "_quarter_start_at": "1999-01-01T00:00:00Z",
         "_year_start_at": "1999-01-01T00:00:00Z"}
        """
      Then the status is 200
      And "licensing/volumes" holds
        | _id |
        | "a" |
      When I GET "/data/licensing/volumes?start_at=1998-01-01T00:00:00Z&end_at=2000-01-01T00:00:00Z"
      Then there are no rows

    Scenario Outline: Any other is not recognised
      When I POST "/data/licensing/volumes" with its token
        """
        {"<key>": "x"}
        """
      Then the status is 400
      And the faults are
        | index | key     | message                                      |
        | 0     | "<key>" | "<key> is not a recognised internal field"   |

      Examples:
        | key              |
        | _count           |
        | _type            |
        | _Id              |
        | _minute_start_at |
        | __               |

  Rule: Ids

    Scenario: A record without an id gets one of its own
      When I POST "/data/licensing/volumes" with its token
        | volume |
        | 1      |
        | 1      |
      Then "licensing/volumes" holds 2 records

    Scenario: A record with the id of another replaces it
      Given the records
        | _id | place    | volume |
        | "a" | "London" | 1      |
      When I POST "/data/licensing/volumes" with its token
        | _id | volume |
        | "a" | 2      |
      Then "licensing/volumes" holds
        | _id | volume |
        | "a" | 2      |

    Scenario: Twice in one request: the last wins
      When I POST "/data/licensing/volumes" with its token
        | _id | volume |
        | "a" | 1      |
        | "b" | 2      |
        | "a" | 3      |
      Then "licensing/volumes" holds
        | _id | volume |
        | "a" | 3      |
        | "b" | 2      |

    Scenario: Ids are told apart by case, and may have any other character
      When I POST "/data/licensing/volumes" with its token
        | _id         | volume |
        | "A"         | 1      |
        | "a"         | 2      |
        | "a/b?c=d&e" | 3      |
        | "ë☃"        | 4      |
      Then "licensing/volumes" holds
        | _id         | volume |
        | "A"         | 1      |
        | "a"         | 2      |
        | "a/b?c=d&e" | 3      |
        | "ë☃"        | 4      |

    Scenario Outline: Not ids
      When I POST "/data/licensing/volumes" with its token
        """
        {"_id": <id>}
        """
      Then the status is 400
      And the faults are
        | index | key   |
        | 0     | "_id" |

      Examples:
        | id        |
        | ""        |
        | " "       |
        | "a b"     |
        | "a\n"     |
        | "a\u00a0" |
        | 12        |
        | true      |
        | ["a"]     |

  Rule: With auto_ids, the id is the base64 of those fields' values joined by .

    Background:
      Given its "auto_ids" is ["place", "day"]

    Scenario: The id is made of the values
      When I POST "/data/licensing/volumes" with its token
        | place    | day          | volume |
        | "London" | "2013-01-01" | 1      |
      Then "licensing/volumes" holds
        | _id                        | place    | day          | volume |
        | "TG9uZG9uLjIwMTMtMDEtMDE=" | "London" | "2013-01-01" | 1      |

    Scenario: So the same values again replace the record
      Given the records
        | place    | day          | volume |
        | "London" | "2013-01-01" | 1      |
        | "London" | "2013-01-02" | 1      |
      When I POST "/data/licensing/volumes" with its token
        | place    | day          | volume |
        | "London" | "2013-01-01" | 2      |
      Then "licensing/volumes" holds 2 records

    Scenario Outline: Each of the fields is required
      When I POST "/data/licensing/volumes" with its token
        """
        <record>
        """
      Then the status is 400
      And the faults name "The following required id fields are missing: <missing>"
      And "licensing/volumes" holds nothing

      Examples:
        | record                            | missing    |
        | {"volume": 1}                     | place, day |
        | {"place": "London", "volume": 1}  | day        |
        | {"day": "2013-01-01"}             | place      |

  Rule: Dates are ISO 8601; no offset means UTC; they are stored as UTC

    Scenario Outline: Dates
      When I POST "/data/licensing/volumes" with its token
        """
        {"_id": "a", "_timestamp": "<given>", "_start_at": "<given>", "_end_at": "<given>"}
        """
      Then the status is 200
      And "licensing/volumes" holds
        | _id | _timestamp | _start_at  | _end_at    |
        | "a" | "<stored>" | "<stored>" | "<stored>" |

      Examples:
        | given                            | stored                           |
        | 2013-01-01T12:30:00Z             | 2013-01-01T12:30:00+00:00        |
        | 2013-01-01T12:30:00+00:00        | 2013-01-01T12:30:00+00:00        |
        | 2013-01-01T00:30:00+01:00        | 2012-12-31T23:30:00+00:00        |
        | 2013-01-01T12:30:00-05:30        | 2013-01-01T18:00:00+00:00        |
        | 2013-01-01T12:30:00              | 2013-01-01T12:30:00+00:00        |
        | 2013-01-01T12:30:00.25Z          | 2013-01-01T12:30:00.250000+00:00 |
        | 2013-01-01T12:30:00.2519999Z     | 2013-01-01T12:30:00.251000+00:00 |
        | 2012-02-29T00:00:00Z             | 2012-02-29T00:00:00+00:00        |
        | 2013-01-01                       | 2013-01-01T00:00:00+00:00        |
        | 0001-01-01T00:00:00Z             | 0001-01-01T00:00:00+00:00        |
        | 9999-12-31T23:59:59Z             | 9999-12-31T23:59:59+00:00        |

    Scenario Outline: Not dates
      When I POST "/data/licensing/volumes" with its token
        """
        {"_id": "a", "_timestamp": <given>}
        """
      Then the status is 400
      And the faults are
        | index | key          |
        | 0     | "_timestamp" |

      Examples:
        | given                       |
        | "yesterday"                 |
        | ""                          |
        | "01/02/2013"                |
        | "2013-02-29T00:00:00Z"      |
        | "2013-01-01T25:00:00Z"      |
        | "2013-01-01T00:00:00+25:00" |
        | "0001-01-01T00:00:00+01:00" |
        | "2013-01-01T00:00:00Z\n"    |
        | 1357041600                  |
        | true                        |
        | {"$date": 0}                |

    Scenario Outline: The other dates are checked as well
      When I POST "/data/licensing/volumes" with its token
        """
        {"_id": "a", "<key>": "some day"}
        """
      Then the faults are
        | index | key     |
        | 0     | "<key>" |

      Examples:
        | key       |
        | _start_at |
        | _end_at   |

  Rule: With a schema, every record is validated by it, formats included

    Scenario: JSON Schema draft 4
      Given its schema is
        """
        {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object",
         "properties": {"_timestamp": {"type": "string", "format": "date-time"},
                        "volume": {"type": "integer", "minimum": 0},
                        "site": {"type": "string", "format": "ipv4"}},
         "required": ["_timestamp", "volume"]}
        """
      When I POST "/data/licensing/volumes" with its token
        """
        [{"_timestamp": "2013-01-01T00:00:00Z", "volume": 1, "site": "192.0.2.1"},
         {"_timestamp": "2013-01-01T00:00:00Z", "volume": -1},
         {"_timestamp": "2013-01-01T00:00:00Z", "volume": 1, "site": "not an address"},
         {"_timestamp": "2013-01-01T00:00:00Z", "volume": "1"}]
        """
      Then the status is 400
      And the message is "3 of 4 records were not valid"
      And the faults are
        | index | key      |
        | 1     | "volume" |
        | 2     | "site"   |
        | 3     | "volume" |
      And "licensing/volumes" holds nothing
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      Then the status is 400
      And the faults name "_timestamp"
      When I POST "/data/licensing/volumes" with its token
        """
        {"_id": "a", "_timestamp": "2013-01-01T00:00:00Z", "volume": 1, "site": "192.0.2.1"}
        """
      Then the status is 200
      And "licensing/volumes" holds
        | _id | _timestamp                  | volume | site        |
        | "a" | "2013-01-01T00:00:00+00:00" | 1      | "192.0.2.1" |

    Scenario: JSON Schema draft 3
      Given its schema is
        """
        {"$schema": "http://json-schema.org/draft-03/schema#", "type": "object",
         "properties": {"volume": {"type": "integer", "required": true, "divisibleBy": 5},
                        "day": {"type": "string", "format": "date"}}}
        """
      When I POST "/data/licensing/volumes" with its token
        """
        [{"volume": 10, "day": "2013-01-01"}, {"volume": 12}, {"volume": 5, "day": "Monday"}, {"day": "2013-01-01"}]
        """
      Then the status is 400
      And the message is "3 of 4 records were not valid"
      And "licensing/volumes" holds nothing
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 10, "day": "2013-01-01"}
        """
      Then the status is 200
