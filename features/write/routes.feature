Feature: What every answer of the write API has
  All answers are JSON, and none may be kept.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: Is the app up?
    When I GET "/_status" at the write API
    Then the status is 200
    And the answer is
      """
      {"status": "ok", "message": "app is up"}
      """

  Scenario: Is it ready, with its storage?
    When I GET "/_status/ready" at the write API
    Then the status is 200
    And the answer is
      """
      {"status": "ok", "message": "storage answers"}
      """
    And the header "Cache-Control" is "no-cache"

  Scenario Outline: JSON, not to be kept
    When I <method> "<path>" with its token
      """
      <body>
      """
    Then the status is <status>
    And the header "Cache-Control" is "no-cache"
    And the header "Content-Type" begins with "application/json"

    Examples:
      | method | path                             | body          | status |
      | POST   | /data/licensing/volumes          | {"volume": 1} | 200    |
      | POST   | /data/licensing/volumes          | volume        | 400    |
      | PUT    | /data/licensing/volumes          | []            | 200    |
      | PATCH  | /data/licensing/volumes/nobody   | {"volume": 1} | 404    |
      | DELETE | /data/licensing/volumes/nobody   |               | 404    |
      | POST   | /licensing_volumes               | {"volume": 1} | 200    |
      | POST   | /data/licensing/unknown          | {"volume": 1} | 404    |
      | DELETE | /data-sets/licensing_volumes     |               | 401    |
      | POST   | /data/licensing                  | {"volume": 1} | 404    |

  Scenario Outline: Other paths
    When I POST "<path>" with its token
      """
      {"volume": 1}
      """
    Then the status is 404
    And the answer is
      """
      {"status": "error", "message": "{text}"}
      """

    Examples:
      | path               |
      | /                  |
      | /data/licensing    |
      | /some/where        |
      | /Licensing_Volumes |
      | /licensing.volumes |
      | /_internal         |

  Scenario Outline: Other methods
    When I <method> "<path>" at the write API
    Then the status is 405
    And there is a header "Allow"
    And the header "Cache-Control" is "no-cache"
    And the answer is
      """
      {"status": "error", "message": "{text}"}
      """

    Examples:
      | method  | path                              |
      | GET     | /data/licensing/volumes           |
      | DELETE  | /data/licensing/volumes           |
      | OPTIONS | /data/licensing/volumes           |
      | PATCH   | /data/licensing/volumes           |
      | GET     | /data/licensing/volumes/one       |
      | PUT     | /data/licensing/volumes/one       |
      | GET     | /data/licensing/volumes/transform |
      | GET     | /licensing_volumes                |
      | OPTIONS | /licensing_volumes                |
      | PUT     | /licensing_volumes                |
      | PUT     | /data-sets/licensing_volumes      |

  Scenario Outline: The id that a request came with is in its answer, and in what is asked of the config API for it
    Given I send the header "<header>: 4711-0815"
    When I POST "/data/licensing/volumes" with its token
      """
      {"volume": 1}
      """
    Then the status is 200
    And the header "Govuk-Request-Id" is "4711-0815"
    And the config API was asked for "licensing/volumes" with the request id "4711-0815"

    Examples:
      | header           |
      | Govuk-Request-Id |
      | X-Request-Id     |

  Scenario: A request without an id gets one
    When I POST "/data/licensing/volumes"
    Then the status is 401
    And there is a header "Govuk-Request-Id"

  Scenario: While the config API fails, data sets that are known can still be written
    When I POST "/data/licensing/volumes" with its token
      """
      {"volume": 1}
      """
    And the config API fails
    And I POST "/data/licensing/volumes" with its token
      """
      {"volume": 2}
      """
    Then the status is 200

  Scenario: While the config API fails, a data set that nobody asked for before can't be found
    Given the config API fails
    When I POST "/data/licensing/volumes" with its token
      """
      {"volume": 1}
      """
    Then the status is 503
    And there is a header "Retry-After"
    And the message names "config API"
