Feature: Transforms run when data comes in
  A write that touches records with a time triggers the transforms of its data set for the range of these times, of what
  was there as of what is: each reads its input, computes, and posts what comes out to its output.

  Background:
    Given a data set "licensing/applications" with raw queries allowed
    And a data set "licensing/completion-rate" with raw queries allowed
    And a transform "rate" from "licensing/applications" to "licensing/completion-rate"
      """
      {"query-parameters": {"period": "month", "group_by": ["stage"], "collect": ["count:sum"]},
       "options": {"matchingAttribute": "stage", "valueAttribute": "count:sum",
                   "numeratorMatcher": "^done$", "denominatorMatcher": "^begun$"}}
      """

  Scenario: A POST
    When I POST "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
      | "2014-02-10T00:00:00Z" | "begun" | 5     |
      | "2014-02-10T00:00:00Z" | "done"  | 5     |
    Then the status is 200
    And "licensing/completion-rate" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | rate |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 0.25 |
      | "2014-02-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | 1    |

  Scenario: A POST by name
    When I POST "/licensing_applications" with its token
      """
      [{"_timestamp": "2014-01-10T00:00:00Z", "stage": "begun", "count": 8},
       {"_timestamp": "2014-01-20T00:00:00Z", "stage": "done", "count": 2}]
      """
    Then "licensing/completion-rate" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | rate |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 0.25 |

  Scenario: Further records bring the period up to date, all of it, and leave others alone
    When I POST "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
      | "2014-02-10T00:00:00Z" | "begun" | 5     |
      | "2014-02-10T00:00:00Z" | "done"  | 5     |
    Then "licensing/completion-rate" soon holds 2 records
    When I POST "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-25T00:00:00Z" | "done"  | 4     |
    Then "licensing/completion-rate" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | rate |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 0.75 |
      | "2014-02-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | 1    |

  Scenario Outline: <what> brings up to date where records are and where they were
    When I POST "/data/licensing/applications" with its token
      | _id | _timestamp             | stage   | count |
      | "a" | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "b" | "2014-01-20T00:00:00Z" | "done"  | 2     |
      | "c" | "2014-01-20T00:00:00Z" | "done"  | 2     |
      | "d" | "2014-02-10T00:00:00Z" | "begun" | 4     |
    Then "licensing/completion-rate" soon holds 2 records
    When I <method> "/data/licensing/applications<rest>" with its token
      """
      <body>
      """
    Then the status is 200
    And "licensing/completion-rate" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | rate       |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | <january>  |
      | "2014-02-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | <february> |

    Examples:
      | what                       | method | rest | body                                                                            | january | february |
      | A PATCH of a value         | PATCH  | /b   | {"count": 4}                                                                    | 0.75    | null     |
      | A PATCH of a time          | PATCH  | /b   | {"_timestamp": "2014-02-20T00:00:00Z"}                                          | 0.25    | 0.5      |
      | A POST that moves a record | POST   |      | {"_id": "b", "_timestamp": "2014-02-20T00:00:00Z", "stage": "done", "count": 2} | 0.25    | 0.5      |
      | A DELETE                   | DELETE | /b   |                                                                                 | 0.25    | null     |

  Scenario: A PUT brings up to date where the old contents were, too
    When I POST "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-02-10T00:00:00Z" | "begun" | 4     |
    Then "licensing/completion-rate" soon holds 2 records
    When I PUT "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
      | "2014-02-10T00:00:00Z" | "begun" | 5     |
      | "2014-02-10T00:00:00Z" | "done"  | 5     |
    Then "licensing/completion-rate" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | rate |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 0.25 |
      | "2014-02-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | 1    |

  Scenario: A period that is not over yet is not computed
    Given a data set "alcohol/applications" with raw queries allowed
    And a data set "alcohol/completion-rate" with raw queries allowed
    And a transform "rate" from "alcohol/applications" to "alcohol/completion-rate"
      """
      {"query-parameters": {"period": "year", "group_by": ["stage"], "collect": ["count:sum"]},
       "options": {"matchingAttribute": "stage", "valueAttribute": "count:sum",
                   "numeratorMatcher": "^done$", "denominatorMatcher": "^begun$"}}
      """
    When I POST "/data/alcohol/applications" with its token
      | _timestamp                    | stage   | count |
      | "{last year}-02-01T00:00:00Z" | "begun" | 8     |
      | "{last year}-02-01T00:00:00Z" | "done"  | 2     |
      | "{this year}-01-01T00:00:00Z" | "begun" | 8     |
      | "{this year}-01-01T00:00:00Z" | "done"  | 8     |
    Then "alcohol/completion-rate" soon holds
      | _timestamp                         | _start_at                          | _end_at                            | rate |
      | "{last year}-01-01T00:00:00+00:00" | "{last year}-01-01T00:00:00+00:00" | "{this year}-01-01T00:00:00+00:00" | 0.25 |

  Scenario: POST .../transform runs them over a range, for example when a transform is new
    Given a data set "alcohol/applications" with raw queries allowed
    And I send the header "Govuk-Request-Id: before-the-transform"
    When I PUT "/data/alcohol/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
      | "2014-02-10T00:00:00Z" | "begun" | 5     |
      | "2014-02-10T00:00:00Z" | "done"  | 5     |
      | "2014-03-10T00:00:00Z" | "begun" | 5     |
    Then the config API was soon asked for the transforms of "alcohol/applications" with the request id "before-the-transform"
    Given a data set "alcohol/completion-rate" with raw queries allowed
    And a transform "rate" from "alcohol/applications" to "alcohol/completion-rate"
      """
      {"query-parameters": {"period": "month", "group_by": ["stage"], "collect": ["count:sum"]},
       "options": {"matchingAttribute": "stage", "valueAttribute": "count:sum",
                   "numeratorMatcher": "^done$", "denominatorMatcher": "^begun$"}}
      """
    When I POST "/data/alcohol/applications/transform" with its token
      """
      {"_start_at": "2014-01-01T00:00:00Z", "_end_at": "2014-02-28T00:00:00Z"}
      """
    Then the status is 200
    And "alcohol/completion-rate" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | rate |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 0.25 |
      | "2014-02-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | 1    |

  Scenario: An output that is not there yet is made, with the token and the rest of its input's config
    Given a data set "alcohol/applications" with raw queries allowed
    And its "bearer_token" is "token-of-alcohol"
    And its "realtime" is true
    And its "published" is false
    And its "capped_size" is 1000000
    And its "max_age_expected" is 1234
    And a transform "rate" from "alcohol/applications" to "alcohol/completion-rate"
      """
      {"query-parameters": {"period": "quarter", "group_by": ["stage"], "collect": ["count:sum"]},
       "options": {"matchingAttribute": "stage", "valueAttribute": "count:sum",
                   "numeratorMatcher": "^done$", "denominatorMatcher": "^begun$"}}
      """
    When I POST "/data/alcohol/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
    Then the answer to "/data/alcohol/completion-rate?period=quarter&start_at=2014-01-01T00:00:00Z&duration=1&collect=rate:mean" soon is
      """
      {"data": [{"_start_at": "2014-01-01T00:00:00+00:00", "_end_at": "2014-04-01T00:00:00+00:00",
                 "_count": 1, "rate:mean": 0.25}],
       "warning": "Warning: This data-set is unpublished. Data may be subject to change or be inaccurate."}
      """
    And the config API has made "alcohol/completion-rate" with
      | bearer_token       | realtime | published | capped_size | max_age_expected |
      | "token-of-alcohol" | true     | false     | 1000000     | 1234             |

  Scenario: The output's group is the input's where the transform names none
    Given a data set "alcohol/applications" with raw queries allowed
    And a data set "alcohol/completion-rate" with raw queries allowed
    And a transform "rate" from "alcohol/applications" to "completion-rate"
      """
      {"query-parameters": {"period": "month", "group_by": ["stage"], "collect": ["count:sum"]},
       "options": {"matchingAttribute": "stage", "valueAttribute": "count:sum",
                   "numeratorMatcher": "^done$", "denominatorMatcher": "^begun$"}}
      """
    When I POST "/data/alcohol/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
    Then "alcohol/completion-rate" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | rate |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 0.25 |

  Scenario: A data set may have several transforms, and an output transforms of its own
    Given a data set "licensing/starts" with raw queries allowed
    And a transform "mapping" from "licensing/applications" to "licensing/starts"
      """
      {"query-parameters": {"period": "month", "group_by": ["stage"], "collect": ["count:sum"]},
       "options": {"mapping-keys": ["stage"], "mappings": {"started": ["begun"]},
                   "mapped-attribute": "what", "value-attribute": "count:sum"}}
      """
    And a data set "licensing/front-page" with raw queries allowed
    And a transform "latest_dataset_value" from "licensing/completion-rate" to "licensing/front-page"
      """
      {}
      """
    And a published dashboard "licences" that shows "licensing/completion-rate"
    When I POST "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
    Then "licensing/starts" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | what      | count |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "started" | 8     |
    And "licensing/front-page" soon holds
      | _timestamp                  | dashboard_slug | service_id | completion_rate |
      | "2014-01-01T00:00:00+00:00" | "licences"     | "licences" | 0.25            |

  Scenario: The query parameters of a transform choose its input
    Given a data set "alcohol/applications" with raw queries allowed
    And a data set "alcohol/completion-rate" with raw queries allowed
    And a transform "rate" from "alcohol/applications" to "alcohol/completion-rate"
      """
      {"query-parameters": {"period": "month", "group_by": ["stage"], "collect": ["count:sum"],
                            "filter_by": ["online:true", "place:London"]},
       "options": {"matchingAttribute": "stage", "valueAttribute": "count:sum",
                   "numeratorMatcher": "^done$", "denominatorMatcher": "^begun$"}}
      """
    When I POST "/data/alcohol/applications" with its token
      | _timestamp             | stage   | count | online | place    |
      | "2014-01-10T00:00:00Z" | "begun" | 8     | true   | "London" |
      | "2014-01-20T00:00:00Z" | "done"  | 2     | true   | "London" |
      | "2014-01-20T00:00:00Z" | "done"  | 2     | false  | "London" |
      | "2014-01-20T00:00:00Z" | "done"  | 2     | true   | "Leeds"  |
    Then "alcohol/completion-rate" soon holds
      | _timestamp                  | _start_at                   | _end_at                     | rate |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 0.25 |

  Scenario: What is asked for a transform carries the id of the request that triggered it
    Given I send the header "Govuk-Request-Id: triggered-by-me"
    When I POST "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
    Then the config API was soon asked for the transforms of "licensing/applications" with the request id "triggered-by-me"

  Scenario: Records without a time, and requests that are refused, trigger nothing
    When I POST "/data/licensing/applications" with its token
      | stage   | count |
      | "begun" | 8     |
    And I POST "/data/licensing/applications" with its token
      """
      [{"_timestamp": "2014-01-10T00:00:00Z", "stage": "begun", "count": 8}, {"_id": ""}]
      """
    And I POST "/data/licensing/applications" with its token
      """
      []
      """
    And the worker has had time for more
    Then "licensing/completion-rate" holds nothing
    And the config API was not asked for the transforms of "licensing/applications"

  Scenario: A function that is not registered runs nothing; the log says so, and other transforms run
    Given a data set "licensing/nowhere" with raw queries allowed
    And a transform "unknown" from "licensing/applications" to "licensing/nowhere"
      """
      {"type": {"id": "6b0b8f2c-36f3-4c4e-9a3d-2f7c6f1c0d11", "name": "unknown", "function": "os.getcwd", "schema": {}}}
      """
    When I POST "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
    Then "licensing/completion-rate" soon holds 1 records
    And the log of the worker soon has a line with "parked", "os.getcwd" and the name of "licensing/applications"
    And "licensing/nowhere" holds nothing

  Scenario: Transforms whose outputs feed each other in a circle are refused, and the log shows the circle
    Given a transform "mapping" from "licensing/completion-rate" to "licensing/applications"
      """
      {"query-parameters": {"period": "month", "group_by": ["stage"], "collect": ["rate:sum"]},
       "options": {"mapping-keys": ["stage"], "mappings": {"begun": ["."]},
                   "mapped-attribute": "stage", "value-attribute": "rate:sum"}}
      """
    When I POST "/data/licensing/applications" with its token
      | _timestamp             | stage   | count |
      | "2014-01-10T00:00:00Z" | "begun" | 8     |
      | "2014-01-20T00:00:00Z" | "done"  | 2     |
    Then the log of the worker soon has a line with "parked", "circle" and the name of "licensing/applications"
    And "licensing/completion-rate" holds nothing
