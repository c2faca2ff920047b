Feature: DELETE /data-sets/<data_set_name> drops a data set
  That takes the administrator's token of the settings. The config API is not told: a data set that it still knows is empty then.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed
    And the records
      | _id | volume |
      | "a" | 1      |

  Scenario: All its records go
    When I DELETE "/data-sets/licensing_volumes" with the administrator's token
    Then the status is 200
    And the answer is
      """
      {"status": "ok", "message": "Deleted licensing_volumes"}
      """
    And "licensing/volumes" holds nothing

  Scenario: It can be written anew
    When I DELETE "/data-sets/licensing_volumes" with the administrator's token
    And I POST "/data/licensing/volumes" with its token
      | _id | place    |
      | "b" | "London" |
    Then the status is 200
    And "licensing/volumes" holds
      | _id | place    |
      | "b" | "London" |

  Scenario: An answer that was kept of it is no longer right
    When I GET "/data/licensing/volumes"
    And I DELETE "/data-sets/licensing_volumes" with the administrator's token
    And I GET "/data/licensing/volumes" again with that ETag
    Then the status is 200
    And there are no rows

  Scenario: A key of a request that was stored in it is forgotten with it
    Given I send the header "Idempotency-Key: batch-17"
    When I POST "/data/licensing/volumes" with its token
      """
      {"volume": 1}
      """
    And I DELETE "/data-sets/licensing_volumes" with the administrator's token
    And I POST "/data/licensing/volumes" with its token
      """
      {"volume": 1}
      """
    Then the status is 200
    And "licensing/volumes" holds 1 records

  Scenario: Others stay
    Given a data set "licensing/completion" with raw queries allowed
    And the records
      | _id | rate |
      | "a" | 0.5  |
    When I DELETE "/data-sets/licensing_volumes" with the administrator's token
    Then "licensing/completion" holds
      | _id | rate |
      | "a" | 0.5  |

  Scenario Outline: A name that nothing is stored under
    When I DELETE "/data-sets/<name>" with the administrator's token
    Then the status is 404
    And the message is "No collection exists with name "<name>""

    Examples:
      | name              |
      | licensing_unknown |
      | Licensing_Volumes |
      | sqlite_master     |
      | system.profile    |

  Scenario: Only if it was not dropped since it was asked for
    When I GET "/data-sets/licensing_volumes" with the administrator's token
    Then the status is 200
    And the header "Cache-Control" is "no-store"
    When I DELETE "/data-sets/licensing_volumes" with the administrator's token, if that ETag still holds
    Then the status is 200
    When I POST "/data/licensing/volumes" with its token
      | _id | volume |
      | "b" | 2      |
    And I DELETE "/data-sets/licensing_volumes" with the administrator's token, if that ETag still holds
    Then the status is 412
    And the message names "dropped"
    And "licensing/volumes" holds
      | _id | volume |
      | "b" | 2      |

  Scenario: An If-Match that is no ETag of this API's
    Given I send the header "If-Match: *"
    When I DELETE "/data-sets/licensing_volumes" with the administrator's token
    Then the status is 400
    And the message names "If-Match"
    And "licensing/volumes" holds 1 records

  Scenario: A second time
    When I DELETE "/data-sets/licensing_volumes" with the administrator's token
    And I DELETE "/data-sets/licensing_volumes" with the administrator's token
    Then the status is 404
