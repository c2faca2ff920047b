Feature: Who may write
  A data set is written with its own bearer token: Authorization: Bearer <token>.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed
    And its "bearer_token" is "token-of-licensing"

  Scenario Outline: Without the header, or with another scheme
    Given I send the header "<header>"
    When I <method> "<path>"
      """
      {"_start_at": "2013-01-01T00:00:00Z"}
      """
    Then the status is 401
    And the message is "Expected header of form: Authorization: Bearer <token>"
    And the header "WWW-Authenticate" is "bearer"
    And "licensing/volumes" holds nothing

    Examples:
      | method | path                              | header                                  | token   |
      | POST   | /data/licensing/volumes           | X-Nothing: 1                            | <token> |
      | POST   | /data/licensing/volumes           | Authorization: Basic dG9rZW46eA==       | <token> |
      | POST   | /data/licensing/volumes           | Authorization: token-of-licensing       | <token> |
      | POST   | /data/licensing/volumes           | Authorization: Bearer                   | <token> |
      | POST   | /data/licensing/volumes           | Authorization: Token token-of-licensing | <token> |
      | PUT    | /data/licensing/volumes           | X-Nothing: 1                            | <token> |
      | PATCH  | /data/licensing/volumes/one       | X-Nothing: 1                            | <token> |
      | DELETE | /data/licensing/volumes/one       | X-Nothing: 1                            | <token> |
      | POST   | /data/licensing/volumes/transform | X-Nothing: 1                            | <token> |
      | POST   | /licensing_volumes                | X-Nothing: 1                            | <token> |
      | DELETE | /data-sets/licensing_volumes      | X-Nothing: 1                            | <token> |

  Scenario Outline: With another token
    When I <method> "<path>" with the token "<token>"
      """
      {"_start_at": "2013-01-01T00:00:00Z"}
      """
    Then the status is 401
    And the message is "Unauthorized: Invalid bearer token '<token>' for 'licensing_volumes'"
    And the header "WWW-Authenticate" is "bearer"
    And "licensing/volumes" holds nothing

    Examples:
      | method | path                              | token                     |
      | POST   | /data/licensing/volumes           | token-of-alcohol          |
      | POST   | /data/licensing/volumes           | token-of-licensin         |
      | POST   | /data/licensing/volumes           | token-of-licensing2       |
      | POST   | /data/licensing/volumes           | TOKEN-OF-LICENSING        |
      | PUT    | /data/licensing/volumes           | token-of-alcohol          |
      | PATCH  | /data/licensing/volumes/one       | token-of-alcohol          |
      | DELETE | /data/licensing/volumes/one       | token-of-alcohol          |
      | POST   | /data/licensing/volumes/transform | token-of-alcohol          |
      | POST   | /licensing_volumes                | token-of-alcohol          |
      | POST   | /data/licensing/volumes           | dev-create-endpoint-token |
      | DELETE | /data-sets/licensing_volumes      | token-of-licensing        |

  Scenario: With the data set's own token
    When I POST "/data/licensing/volumes" with the token "token-of-licensing"
      """
      {"volume": 1}
      """
    Then the status is 200

  Scenario: The body is not looked at before the token is
    When I POST "/data/licensing/volumes" with the token "token-of-alcohol"
      """
      {"volume":
      """
    Then the status is 401

  Scenario Outline: A data set that the config API does not know
    When I <method> "<path>" with the token "token-of-licensing"
      """
      {"_start_at": "2013-01-01T00:00:00Z"}
      """
    Then the status is 404
    And the message is "Could not find data_set_config"

    Examples:
      | method | path                              |
      | POST   | /data/licensing/unknown           |
      | PUT    | /data/licensing/unknown           |
      | PATCH  | /data/licensing/unknown/one       |
      | DELETE | /data/licensing/unknown/one       |
      | POST   | /data/licensing/unknown/transform |
      | POST   | /licensing_unknown                |

  Scenario Outline: A data set whose own token is empty accepts nobody
    Given its "bearer_token" is ""
    And I send the header "Authorization: <authorization>"
    When I POST "/data/licensing/volumes"
      """
      {"volume": 1}
      """
    Then the status is 401
    And "licensing/volumes" holds nothing

    Examples:
      | authorization             |
      | Bearer                    |
      | Bearer ''                 |
      | Bearer None               |
      | Bearer token-of-licensing |

  Scenario: A token that is changed works soon, and the old one soon no longer
    When I POST "/data/licensing/volumes" with the token "token-of-licensing"
      """
      {"volume": 1}
      """
    Then the status is 200
    When its "bearer_token" becomes "newly-made-token"
    Then a POST to "/data/licensing/volumes" is soon accepted with the token "newly-made-token"
    And a POST to "/data/licensing/volumes" is soon refused with the token "token-of-licensing"

  Scenario: A data set that is not queryable can be written
    Given it is not queryable
    When I POST "/data/licensing/volumes" with the token "token-of-licensing"
      """
      {"volume": 1}
      """
    Then the status is 200

  Rule: Who wrote what is in the audit log, and no token is in any log

    Scenario Outline: Each write leaves a line
      Given the records
        | _id   | _timestamp             |
        | "one" | "2013-01-01T00:00:00Z" |
      And I send the header "Govuk-Request-Id: audited-<method>-<action>"
      When I <method> "<path>" with its token
        """
        <body>
        """
      Then the status is 200
      And the log of the write app soon has a line with "audited-<method>-<action>", "<action>" and the name of "licensing/volumes"
      And no log has "token-of-licensing" in it

      Examples:
        | method | path                        | body                                                 | action  |
        | POST   | /data/licensing/volumes     | [{"_timestamp": "2013-01-02T00:00:00Z"}, {"aa": 1}]  | append  |
        | PUT    | /data/licensing/volumes     | []                                                   | replace |
        | PATCH  | /data/licensing/volumes/one | {"volume": 1}                                        | patch   |
        | DELETE | /data/licensing/volumes/one |                                                      | delete  |

    Scenario: So does dropping a data set
      Given the records
        | _id   |
        | "one" |
      And I send the header "Govuk-Request-Id: audited-drop"
      When I DELETE "/data-sets/licensing_volumes" with the administrator's token
      Then the log of the write app soon has a line with "audited-drop", "drop" and the name of "licensing/volumes"
      And no log has "dev-create-endpoint-token" in it

    Scenario: And a token that is refused
      Given I send the header "Govuk-Request-Id: audited-refusal"
      When I POST "/data/licensing/volumes" with the token "somebody-elses-token"
        """
        {"volume": 1}
        """
      Then the status is 401
      And the log of the write app soon has a line with "audited-refusal", "refused" and the name of "licensing/volumes"
      And no log has "somebody-elses-token" in it
