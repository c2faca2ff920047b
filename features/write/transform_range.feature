Feature: POST .../transform runs the data set's transforms over a range of time
  _start_at and _end_at say which; _end_at defaults to now.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario Outline: Accepted
    When I POST "/data/licensing/volumes/transform" with its token
      """
      <body>
      """
    Then the status is 200
    And the answer is
      """
      {"status": "ok"}
      """

    Examples:
      | body                                                                          |
      | {"_start_at": "2013-01-01T00:00:00Z", "_end_at": "2013-02-01T00:00:00Z"}      |
      | {"_start_at": "2013-01-01T00:00:00+01:00"}                                    |
      | {"_start_at": "2013-01-01T00:00:00Z", "_end_at": "2013-01-01T00:00:00Z"}      |

  Scenario Outline: Without a _start_at
    When I POST "/data/licensing/volumes/transform" with its token
      """
      <body>
      """
    Then the status is 400
    And the message is "You must specify a _start_at timestamp"

    Examples:
      | body                                |
      | {}                                  |
      | {"_end_at": "2013-01-01T00:00:00Z"} |
      | {"start_at": "2013-01-01T00:00:00Z"} |

  Scenario Outline: Not dates, or the end before the start
    When I POST "/data/licensing/volumes/transform" with its token
      """
      <body>
      """
    Then the status is 400
    And the message names "<key>"

    Examples:
      | body                                                                     | key       |
      | {"_start_at": "soon"}                                                    | _start_at |
      | {"_start_at": 2013}                                                      | _start_at |
      | {"_start_at": "2013-02-30T00:00:00Z"}                                    | _start_at |
      | {"_start_at": "2013-01-01T00:00:00Z", "_end_at": "later"}                | _end_at   |
      | {"_start_at": "2013-01-01T00:00:00Z", "_end_at": []}                     | _end_at   |
      | {"_start_at": "2013-01-02T00:00:00Z", "_end_at": "2013-01-01T00:00:00Z"} | _end_at   |
      | {"_start_at": "9000-01-01T00:00:00Z"}                                    | _end_at   |

  Scenario Outline: Not an object
    When I POST "/data/licensing/volumes/transform" with its token
      """
      <body>
      """
    Then the status is 400

    Examples:
      | body                                     |
      | [{"_start_at": "2013-01-01T00:00:00Z"}]  |
      | "2013-01-01T00:00:00Z"                   |
      | {"_start_at"                             |

  Scenario: Nothing at all
    When I POST "/data/licensing/volumes/transform" with its token and no body
    Then the status is 400
