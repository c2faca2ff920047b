Feature: What every answer of the read API has
  Dashboards run in browsers, so every answer, an error too, may be read by a page from anywhere.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario: Is the app up?
    When I GET "/_status"
    Then the status is 200
    And the answer is
      """
      {"status": "ok", "message": "app is up"}
      """
    And the header "Cache-Control" is "no-cache"
    And the header "Content-Type" begins with "application/json"

  Scenario: Is it ready, with its storage?
    When I GET "/_status/ready"
    Then the status is 200
    And the answer is
      """
      {"status": "ok", "message": "storage answers"}
      """
    And the header "Cache-Control" is "no-cache"

  Scenario Outline: Pages from anywhere may read the answer, whatever it is
    When I <method> "<path>" at the read API
    Then the status is <status>
    And the header "Access-Control-Allow-Origin" is "*"

    Examples:
      | method  | path                                     | status |
      | GET     | /_status                                 | 200    |
      | GET     | /_status/data-sets                       | 200    |
      | GET     | /data/licensing/volumes                  | 200    |
      | GET     | /licensing_volumes                       | 200    |
      | GET     | /data/licensing/volumes?period=fortnight | 400    |
      | GET     | /data/licensing/unknown                  | 404    |
      | GET     | /no/such/path                            | 404    |
      | POST    | /data/licensing/volumes                  | 405    |
      | OPTIONS | /data/licensing/volumes                  | 200    |
      | OPTIONS | /licensing_volumes                       | 200    |

  Scenario Outline: A browser asks first whether a page may send headers of its own
    Given I send the header "Origin: https://dashboards.example"
    And I send the header "Access-Control-Request-Headers: govuk-request-id"
    When I OPTIONS "<path>"
    Then the status is 200
    And the header "Access-Control-Allow-Origin" is "*"
    And the header "Access-Control-Max-Age" is "86400"
    And the header "Access-Control-Allow-Headers" is "cache-control, govuk-request-id, request-id"

    Examples:
      | path                    |
      | /data/licensing/volumes |
      | /licensing_volumes      |

  Scenario Outline: Other paths
    When I GET "<path>"
    Then the status is 404
    And the answer is
      """
      {"status": "error", "message": "{text}"}
      """

    Examples:
      | path                          |
      | /                             |
      | /data                         |
      | /data/licensing               |
      | /data/licensing/volumes/      |
      | /data/licensing/volumes/first |
      | /_status/unknown              |
      | /favicon.ico                  |
      | /.env                         |

  Scenario Outline: Other methods
    When I <method> "<path>" at the read API
    Then the status is 405
    And there is a header "Allow"
    And the answer is
      """
      {"status": "error", "message": "{text}"}
      """

    Examples:
      | method | path                    |
      | POST   | /data/licensing/volumes |
      | PUT    | /data/licensing/volumes |
      | PATCH  | /data/licensing/volumes |
      | DELETE | /data/licensing/volumes |
      | POST   | /licensing_volumes      |
      | DELETE | /licensing_volumes      |
      | POST   | /_status                |
      | POST   | /_status/data-sets      |

  Scenario: The id that a request came with is in its answer
    Given I send the header "Govuk-Request-Id: 4711-0815"
    When I GET "/data/licensing/volumes"
    Then the header "Govuk-Request-Id" is "4711-0815"

  Scenario: A request without an id gets one
    When I GET "/data/licensing/volumes"
    Then there is a header "Govuk-Request-Id"
