Feature: Keeping answers
  An answer says for how long it may be kept, and has an ETag by which it can be asked whether it still holds.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario Outline: How long an answer may be kept
    Given its "<key>" is <value>
    When I GET "/data/licensing/volumes"
    Then the status is 200
    And the header "Cache-Control" is "<kept>"
    And there is a header "ETag"

    Examples:
      | key       | value | kept                          |
      | realtime  | false | max-age=1800, must-revalidate |
      | realtime  | true  | max-age=120, must-revalidate  |
      | published | true  | max-age=1800, must-revalidate |
      | published | false | no-cache                      |

  Scenario: A data set that is not published warns, and is not kept
    Given it is unpublished
    And it is realtime
    When I GET "/data/licensing/volumes"
    Then the header "Cache-Control" is "no-cache"
    And the answer is
      """
      {"data": [],
       "warning": "Warning: This data-set is unpublished. Data may be subject to change or be inaccurate."}
      """

  Scenario Outline: An answer that has not changed is not sent again
    Given the records
      | _timestamp             | volume | place    |
      | "2013-01-01T00:00:00Z" | 12     | "London" |
    When I GET "/data/licensing/volumes<query>"
    And I GET "/data/licensing/volumes<query>" again with that ETag
    Then the status is 304
    And the body is empty
    And the header "Cache-Control" is "max-age=1800, must-revalidate"
    And there is a header "ETag"
    And the header "Access-Control-Allow-Origin" is "*"

    Examples:
      | query                                                     |
      |                                                           |
      | ?group_by=place                                           |
      | ?period=month&start_at=2013-01-01T00:00:00Z&duration=1    |
      | ?format=csv                                               |

  Scenario Outline: An answer is sent again when the data set was written in between
    Given the records
      | _id     | _timestamp             | volume |
      | "first" | "2013-01-01T00:00:00Z" | 12     |
    When I GET "/data/licensing/volumes"
    And I <method> "/data/licensing/volumes<record>" with its token
      """
      <body>
      """
    Then the status is 200
    When I GET "/data/licensing/volumes" again with that ETag
    Then the status is 200
    And there are <count> rows

    Examples:
      | method | record | body                     | count |
      | POST   |        | {"_id": "x", "volume":3} | 2     |
      | PUT    |        | []                       | 0     |
      | PATCH  | /first | {"volume": 13}           | 1     |
      | DELETE | /first |                          | 0     |

  Scenario: Another query has another ETag
    When I GET "/data/licensing/volumes"
    And I GET "/data/licensing/volumes?limit=1" again with that ETag
    Then the status is 200

  Scenario: A bad query stays bad, whatever ETag comes with it
    When I GET "/data/licensing/volumes"
    And I GET "/data/licensing/volumes?limit=few" again with that ETag
    Then the status is 400
