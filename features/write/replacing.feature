Feature: PUT replaces the whole contents
  Who reads meanwhile sees the old contents or the new, never a mix or a gap.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed
    And the records
      | _id | _timestamp             | volume |
      | "a" | "2013-01-01T00:00:00Z" | 1      |
      | "b" | "2013-01-02T00:00:00Z" | 2      |

  Scenario: By other records
    When I PUT "/data/licensing/volumes" with its token
      """
      [{"_id": "b", "volume": 20}, {"_id": "c", "volume": 30}, {"_id": "d", "volume": 40}]
      """
    Then the status is 200
    And the answer is
      """
      {"status": "ok", "message": "licensing_volumes now contains 3 records"}
      """
    And "licensing/volumes" holds
      | _id | volume |
      | "b" | 20     |
      | "c" | 30     |
      | "d" | 40     |

  Scenario: By nothing
    When I PUT "/data/licensing/volumes" with its token
      """
      []
      """
    Then the status is 200
    And the answer is
      """
      {"status": "ok", "message": "licensing_volumes now contains 0 records"}
      """
    And "licensing/volumes" holds nothing

  Scenario: By what was there, changes nothing
    When I GET "/data/licensing/volumes"
    And I PUT the rows of that answer to "/data/licensing/volumes" with its token
    Then the status is 200
    And "licensing/volumes" holds
      | _id | _timestamp                  | volume |
      | "a" | "2013-01-01T00:00:00+00:00" | 1      |
      | "b" | "2013-01-02T00:00:00+00:00" | 2      |

  Scenario: Twice the same id: the last wins
    When I PUT "/data/licensing/volumes" with its token
      """
      [{"_id": "c", "volume": 1}, {"_id": "c", "volume": 2}]
      """
    Then the answer is
      """
      {"status": "ok", "message": "licensing_volumes now contains 1 records"}
      """
    And "licensing/volumes" holds
      | _id | volume |
      | "c" | 2      |

  Scenario Outline: By other formats
    When I PUT "/data/licensing/volumes" with its token, as "<type>"
      """
      <body>
      """
    Then the status is 200
    And "licensing/volumes" holds
      | _id | volume |
      | "c" | 1      |

    Examples:
      | type                 | body                      |
      | application/json     | [{"_id":"c", "volume":1}] |
      | application/json     | {"_id":"c", "volume":1}   |
      | application/x-ndjson | {"_id":"c", "volume":1}   |

  Scenario Outline: What is not right replaces nothing
    When I PUT "/data/licensing/volumes" with its token
      """
      <body>
      """
    Then the status is 400
    And "licensing/volumes" holds
      | _id | _timestamp                  | volume |
      | "a" | "2013-01-01T00:00:00+00:00" | 1      |
      | "b" | "2013-01-02T00:00:00+00:00" | 2      |

    Examples:
      | body                                    |
      | [{"_id": "c"}, {"_id": ""}]             |
      | [{"_id": "c"}, {"_timestamp": "later"}] |
      | []]                                     |
      | 12                                      |

  Scenario: A data set that was never written
    Given a data set "licensing/completion" with raw queries allowed
    When I PUT "/data/licensing/completion" with its token
      """
      [{"_id": "a", "rate": 0.5}]
      """
    Then the status is 200
    And "licensing/completion" holds
      | _id | rate |
      | "a" | 0.5  |
