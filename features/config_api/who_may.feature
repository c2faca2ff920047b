@stagecraft
Feature: Who may ask, and who may change

  Background:
    Given of "/data-sets" there are
      | data_group | data_type | bearer_token |
      | "g-cloud"  | "sales"   | "hush"       |

  Scenario: Nobody without a token
    When somebody without a token sends GET "/data-sets"
    Then the status is 401
    And the header "WWW-Authenticate" is "Bearer"
    And the message begins with "Expected header of form: Authorization: Bearer <token>"

  Scenario: Nor with one that isn't known, a data set's own among them
    When somebody with the token "hush" sends GET "/data-sets"
    Then the status is 401
    And the message begins with "Unauthorized: Invalid bearer token"

  Scenario Outline: Everybody sees whether it is up, and how it is used
    When somebody without a token sends GET "<path>"
    Then the status is 200

    Examples:
      | path          |
      | /_status      |
      | /openapi.json |
      | /docs         |

  Scenario Outline: Reading
    When the <role> sends GET "<path>"
    Then the status is <status>

    Examples:
      | role             | path                               | status |
      | admin            | /data-sets                         | 200    |
      | collector        | /data-sets/g_cloud_sales           | 200    |
      | omniscient       | /data-sets/g_cloud_sales/transform | 200    |
      | dashboard-editor | /data-sets                         | 403    |
      | dashboard-editor | /data-sets/g_cloud_sales/dashboard | 200    |
      | collector        | /data-sets/g_cloud_sales/dashboard | 200    |

  Scenario Outline: Changing
    When the <role> sends DELETE "/data-sets/g_cloud_sales"
    Then the status is <status>

    Examples:
      | role             | status |
      | admin            | 204    |
      | collector        | 403    |
      | omniscient       | 403    |
      | dashboard-editor | 403    |

  Scenario: A refusal says why
    When the collector sends POST "/data-groups"
      """
      {"name": "zoo"}
      """
    Then the status is 403
    And the message begins with "The role collector may not change data sets"

  Scenario: There are no other methods, and no other addresses
    When the admin sends PATCH "/data-sets/g_cloud_sales"
    Then the status is 405
    And the header "Allow" is "GET, PUT, DELETE, HEAD"
    When the admin sends GET "/nothing/here"
    Then the status is 404
    And the message begins with "There is nothing at this address"
