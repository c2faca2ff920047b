Feature: PATCH and DELETE one record
  PATCH merges fields into a record, DELETE removes it; both find it by its id.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed
    And the records
      | _id   | _timestamp             | place    | volume |
      | "one" | "2013-01-01T00:00:00Z" | "London" | 1      |
      | "two" | "2013-01-02T00:00:00Z" | "Leeds"  | 2      |

  Scenario: The given fields are changed or added, the others stay
    When I PATCH "/data/licensing/volumes/one" with its token
      """
      {"volume": 10, "note": "corrected"}
      """
    Then the status is 200
    And the answer is
      """
      {"status": "ok"}
      """
    And "licensing/volumes" holds
      | _id   | _timestamp                  | place    | volume | note        |
      | "one" | "2013-01-01T00:00:00+00:00" | "London" | 10     | "corrected" |
      | "two" | "2013-01-02T00:00:00+00:00" | "Leeds"  | 2      |             |

  Scenario: A field can be made null, and a record moved in time
    When I PATCH "/data/licensing/volumes/one" with its token
      """
      {"volume": null, "_timestamp": "2013-02-01T00:00:00+01:00"}
      """
    Then the status is 200
    When I GET "/data/licensing/volumes?period=month&start_at=2013-01-01T00:00:00Z&end_at=2013-03-01T00:00:00Z&collect=volume:set"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume:set |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 2      | [2]        |
      | "2013-02-01T00:00:00+00:00" | "2013-03-01T00:00:00+00:00" | 0      | null       |

  Scenario: An empty object changes nothing
    When I PATCH "/data/licensing/volumes/one" with its token
      """
      {}
      """
    Then the status is 200
    And "licensing/volumes" holds
      | _id   | _timestamp                  | place    | volume |
      | "one" | "2013-01-01T00:00:00+00:00" | "London" | 1      |
      | "two" | "2013-01-02T00:00:00+00:00" | "Leeds"  | 2      |

  Scenario: DELETE
    When I DELETE "/data/licensing/volumes/one" with its token
    Then the status is 200
    And "licensing/volumes" holds
      | _id   | _timestamp                  | place    | volume |
      | "two" | "2013-01-02T00:00:00+00:00" | "Leeds"  | 2      |

  Scenario Outline: An id that no record has
    When I <method> "/data/licensing/volumes/<id>" with its token
      """
      {"volume": 3}
      """
    Then the status is 404
    And the message is "No record found with id <id>"

    Examples:
      | method | id    |
      | PATCH  | three |
      | DELETE | three |
      | PATCH  | ONE   |
      | DELETE | ONE   |

  Scenario: A record that was deleted is gone
    When I DELETE "/data/licensing/volumes/one" with its token
    And I DELETE "/data/licensing/volumes/one" with its token
    Then the status is 404

  Scenario Outline: Ids in a path are percent-encoded
    Given the records
      | _id    | place |
      | "<id>" | "x"   |
    When I PATCH "/data/licensing/volumes/<encoded>" with its token
      """
      {"place": "y"}
      """
    Then the status is 200
    When I GET "/data/licensing/volumes?filter_by=place:y"
    Then the ids are ["<id>"]
    When I DELETE "/data/licensing/volumes/<encoded>" with its token
    Then the status is 200
    And "licensing/volumes" holds 2 records

    Examples:
      | id           | encoded              |
      | a/b          | a%2Fb                |
      | TG9uZG9uLg== | TG9uZG9uLg%3D%3D     |
      | 100%         | 100%25               |
      | a?b#c        | a%3Fb%23c            |
      | ë☃           | %C3%AB%E2%98%83      |
      | a+b          | a+b                  |

  Rule: The record that it would become has to be right

    Background:
      Given a data set "licensing/strict" with raw queries allowed
      And its schema is
        """
        {"$schema": "http://json-schema.org/draft-04/schema#", "required": ["volume", "place", "_timestamp"],
         "properties": {"volume": {"type": "integer"}, "_timestamp": {"type": "string", "format": "date-time"}}}
        """
      And the records
        | _id   | _timestamp             | place    | volume |
        | "one" | "2013-01-01T00:00:00Z" | "London" | 1      |

    Scenario Outline: What would make it wrong is refused
      When I PATCH "/data/licensing/strict/one" with its token
        """
        <body>
        """
      Then the status is 400
      And "licensing/strict" holds
        | _id   | _timestamp                  | place    | volume |
        | "one" | "2013-01-01T00:00:00+00:00" | "London" | 1      |

      Examples:
        | body                        |
        | {"volume": "many"}          |
        | {"_timestamp": "later"}     |
        | {"_unknown": 1}             |
        | {"bad-key": 1}              |
        | {"place": ["London"]}       |
        | [{"volume": 3}]             |
        | 3                           |
        | {"volume"                   |

    Scenario: What is sent need not be whole
      When I PATCH "/data/licensing/strict/one" with its token
        """
        {"volume": 3}
        """
      Then the status is 200
      And "licensing/strict" holds
        | _id   | _timestamp                  | place    | volume |
        | "one" | "2013-01-01T00:00:00+00:00" | "London" | 3      |
