Feature: POST stores records
  POST /data/<data_group>/<data_type> stores one record or a list of records. When it is answered with 200 they are stored for good.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: One record
    When I POST "/data/licensing/volumes" with its token
      """
      {"_id": "first", "_timestamp": "2013-01-01T00:00:00Z", "place": "London", "volume": 12}
      """
    Then the status is 200
    And the answer is
      """
      {"status": "ok"}
      """
    And "licensing/volumes" holds
      | _id     | _timestamp                  | place    | volume |
      | "first" | "2013-01-01T00:00:00+00:00" | "London" | 12     |

  Scenario: A list of records
    When I POST "/data/licensing/volumes" with its token
      """
      [{"_id": "a", "place": "London", "volume": 12},
       {"_id": "b", "place": "Leeds"}]
      """
    Then the status is 200
    And "licensing/volumes" holds
      | _id | place    | volume |
      | "a" | "London" | 12     |
      | "b" | "Leeds"  |        |

  Scenario: An empty list stores nothing
    When I POST "/data/licensing/volumes" with its token
      """
      []
      """
    Then the status is 200
    And "licensing/volumes" holds nothing

  Scenario: More records join those that are there
    Given the records
      | _id | volume |
      | "a" | 1      |
    When I POST "/data/licensing/volumes" with its token
      | _id | volume |
      | "b" | 2      |
    Then "licensing/volumes" holds
      | _id | volume |
      | "a" | 1      |
      | "b" | 2      |

  Scenario: By name, which is deprecated and says so
    When I POST "/licensing_volumes" with its token
      """
      {"_id": "first", "volume": 12}
      """
    Then the status is 200
    And there is a header "Deprecation"
    And the answer is
      """
      {"status": "ok", "message": "{text}"}
      """
    And the answer's message speaks of "deprecated"
    And "licensing/volumes" holds
      | _id     | volume |
      | "first" | 12     |

  Scenario: By name, with a record that is not right
    When I POST "/licensing_volumes" with its token
      """
      {"_unknown": "x"}
      """
    Then the status is 400
    And "licensing/volumes" holds nothing

  Rule: Records that go together are stored together, or not at all

    Scenario: Every fault of every record is told, and nothing is stored
      When I POST "/data/licensing/volumes" with its token
        """
        [{"_id": "fine", "volume": 1},
         {"_timestamp": "yesterday", "bad-key": 1},
         {"_id": "fine as well"},
         {"_id": "alright", "place": {"town": "London"}}]
        """
      Then the status is 400
      And the message is "3 of 4 records were not valid"
      And the faults are, in any order
        | index | key          |
        | 1     | "_timestamp" |
        | 1     | "bad-key"    |
        | 2     | "_id"        |
        | 3     | "place"      |
      And "licensing/volumes" holds nothing

    Scenario: What is not an object is a fault of its own
      When I POST "/data/licensing/volumes" with its token
        """
        [{"volume": 1}, 12, "text", null, [{"volume": 1}]]
        """
      Then the status is 400
      And the message is "4 of 5 records were not valid"
      And "licensing/volumes" holds nothing

    Scenario: At most 100 faults are listed
      When I POST "/data/licensing/volumes" with its token and 150 records with the key "_bad"
      Then the status is 400
      And the message is "150 of 150 records were not valid"
      And 100 faults are listed
      And "licensing/volumes" holds nothing

    Scenario: Records that were there stay as they were
      Given the records
        | _id | volume |
        | "a" | 1      |
      When I POST "/data/licensing/volumes" with its token
        """
        [{"_id": "a", "volume": 2}, {"_id": ""}]
        """
      Then the status is 400
      And "licensing/volumes" holds
        | _id | volume |
        | "a" | 1      |

  Rule: With an Idempotency-Key, the same request sent again stores nothing twice

    Scenario: Sent again
      Given I send the header "Idempotency-Key: batch-17"
      When I POST "/data/licensing/volumes" with its token
        """
        [{"volume": 1}, {"volume": 2}]
        """
      And I POST "/data/licensing/volumes" with its token
        """
        [{"volume": 1}, {"volume": 2}]
        """
      Then the status is 200
      And the answer is
        """
        {"status": "ok"}
        """
      And "licensing/volumes" holds 2 records

    Scenario: Another key is another request
      Given I send the header "Idempotency-Key: batch-17"
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      Given I send the header "Idempotency-Key: batch-18"
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      Then the status is 200
      And "licensing/volumes" holds 2 records

    Scenario: Without a key every request is another
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      And I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      Then "licensing/volumes" holds 2 records

    Scenario: The key belongs to the data set
      Given a data set "licensing/others" with raw queries allowed
      And I send the header "Idempotency-Key: batch-17"
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      And I POST "/data/licensing/others" with its token
        """
        {"volume": 1}
        """
      Then "licensing/volumes" holds 1 records
      And "licensing/others" holds 1 records

    Scenario: Another body under the same key is a mistake
      Given I send the header "Idempotency-Key: batch-17"
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      And I POST "/data/licensing/volumes" with its token
        """
        {"volume": 2}
        """
      Then the status is 422
      And the message names "Idempotency-Key"
      And "licensing/volumes" holds 1 records

    Scenario: A request that was refused may be put right under its key
      Given I send the header "Idempotency-Key: batch-17"
      When I POST "/data/licensing/volumes" with its token
        """
        {"_id": ""}
        """
      Then the status is 400
      When I POST "/data/licensing/volumes" with its token
        """
        {"volume": 1}
        """
      Then the status is 200
      And "licensing/volumes" holds 1 records

  Rule: A data set with a capped_size (bytes) stays about that size: the oldest records go

    Scenario: The oldest go
      Given its "capped_size" is 20000
      When I POST 20 times 100 records of some 100 bytes, numbered, to "/data/licensing/volumes"
      Then "licensing/volumes" holds fewer than 1000 records, the newest of 2000

    Scenario: Below the size all stay
      Given its "capped_size" is 1000000
      When I POST 2 times 100 records of some 100 bytes, numbered, to "/data/licensing/volumes"
      Then "licensing/volumes" holds 200 records
