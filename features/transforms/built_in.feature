Feature: The built-in functions

  Background:
    Given a data set "licensing/input" with raw queries allowed
    And a data set "licensing/output" with raw queries allowed

  Rule: rate is the sum of a value over the rows that match the numerator, over that for the denominator

    Background:
      Given a transform "rate" from "licensing/input" to "licensing/output"
        """
        {"query-parameters": {"period": "month", "group_by": ["stage"], "collect": ["count:sum"]},
         "options": {"matchingAttribute": "stage", "valueAttribute": "count:sum",
                     "numeratorMatcher": "done$", "denominatorMatcher": "^(web|paper)-(begun|started)$"}}
        """

    Scenario: Per period; matchers are regular expressions, searched; the id is made of start and end
      When I POST "/data/licensing/input" with its token
        | _timestamp             | stage           | count |
        | "2014-01-01T00:00:00Z" | "web-begun"     | 5     |
        | "2014-01-31T00:00:00Z" | "paper-started" | 3     |
        | "2014-01-31T00:00:00Z" | "fax-begun"     | 100   |
        | "2014-01-02T00:00:00Z" | "web-done"      | 2     |
        | "2014-01-02T00:00:00Z" | "paper-done"    | 4     |
        | "2014-01-02T00:00:00Z" | "done-for"      | 100   |
      Then "licensing/output" soon holds
        | _id                                                                    | _timestamp                  | _start_at                   | _end_at                     | rate |
        | "MjAxNC0wMS0wMVQwMDowMDowMCswMDowMF8yMDE0LTAyLTAxVDAwOjAwOjAwKzAwOjAw" | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 0.75 |

    Scenario: No matching row on either side, or a denominator of 0, has no rate
      When I POST "/data/licensing/input" with its token
        | _timestamp             | stage       | count |
        | "2014-01-01T00:00:00Z" | "web-begun" | 5     |
        | "2014-02-01T00:00:00Z" | "web-done"  | 5     |
        | "2014-03-01T00:00:00Z" | "web-begun" | 0     |
        | "2014-03-01T00:00:00Z" | "web-done"  | 2     |
        | "2014-04-01T00:00:00Z" | "web-begun" | 4     |
        | "2014-04-01T00:00:00Z" | "web-done"  | 0     |
      Then "licensing/output" soon holds
        | _timestamp                  | _start_at                   | _end_at                     | rate |
        | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | null |
        | "2014-02-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | null |
        | "2014-03-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | "2014-04-01T00:00:00+00:00" | null |
        | "2014-04-01T00:00:00+00:00" | "2014-04-01T00:00:00+00:00" | "2014-05-01T00:00:00+00:00" | 0    |

  Rule: user_satisfaction makes a score between 0 and 1 of ratings from 1 to 5

    Background:
      Given a transform "user_satisfaction" from "licensing/input" to "licensing/output"
        """
        {"query-parameters": {"period": "month", "collect": ["rating_1:sum", "rating_2:sum", "rating_3:sum",
                                                             "rating_4:sum", "rating_5:sum", "total:sum"]}}
        """

    Scenario: Per period; a period that nobody rated in has no score
      When I POST "/data/licensing/input" with its token
        | _timestamp             | rating_1 | rating_2 | rating_3 | rating_4 | rating_5 | total |
        | "2014-01-01T00:00:00Z" | 1        | 0        | 0        | 0        | 2        | 3     |
        | "2014-01-20T00:00:00Z" | 0        | 0        | 0        | 1        | 0        | 1     |
        | "2014-03-20T00:00:00Z" | 0        | 0        | 0        | 0        | 0        | 0     |
        | "2014-04-20T00:00:00Z" | 0        | 0        | 0        | 0        | 7        | 7     |
      Then "licensing/output" soon holds
        | _timestamp                  | _start_at                   | _end_at                     | rating_1 | rating_2 | rating_3 | rating_4 | rating_5 | num_responses | score  |
        | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | 1        | 0        | 0        | 1        | 2        | 4             | 0.6875 |
        | "2014-02-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | null     | null     | null     | null     | null     | null          | null   |
        | "2014-03-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | "2014-04-01T00:00:00+00:00" | 0        | 0        | 0        | 0        | 0        | 0             | null   |
        | "2014-04-01T00:00:00+00:00" | "2014-04-01T00:00:00+00:00" | "2014-05-01T00:00:00+00:00" | 0        | 0        | 0        | 0        | 7        | 7             | 1      |

  Rule: latest_dataset_value takes a data set's newest value to the dashboards that show it

    Scenario Outline: Once for each published dashboard
      Given a data set "licensing/<type>" with raw queries allowed
      And a transform "latest_dataset_value" from "licensing/<type>" to "licensing/output"
        """
        {}
        """
      And a published dashboard "licences" that shows "licensing/<type>"
      And a published dashboard "all-of-it" that shows "licensing/<type>"
      And an unpublished dashboard "not-yet" that shows "licensing/<type>"
      When I POST "/data/licensing/<type>" with its token
        | _timestamp             | <key> |
        | "2014-01-01T00:00:00Z" | 0.25  |
        | "2014-03-01T00:00:00Z" | 0.75  |
        | "2014-02-01T00:00:00Z" | 0.5   |
      Then "licensing/output" soon holds
        | _id    | _timestamp                  | dashboard_slug | service_id  | <named> |
        | <all>  | "2014-03-01T00:00:00+00:00" | "all-of-it"    | "all-of-it" | 0.75    |
        | <one>  | "2014-03-01T00:00:00+00:00" | "licences"     | "licences"  | 0.75    |

      Examples:
        | type                    | key   | named                   | one                                            | all                                            |
        | completion-rate         | rate  | completion_rate         | "bGljZW5jZXNfY29tcGxldGlvbl9yYXRl"             | "YWxsLW9mLWl0X2NvbXBsZXRpb25fcmF0ZQ=="         |
        | digital-takeup          | rate  | digital_takeup          | "bGljZW5jZXNfZGlnaXRhbF90YWtldXA="             | "YWxsLW9mLWl0X2RpZ2l0YWxfdGFrZXVw"             |
        | user-satisfaction-score | score | user_satisfaction_score | "bGljZW5jZXNfdXNlcl9zYXRpc2ZhY3Rpb25fc2NvcmU=" | "YWxsLW9mLWl0X3VzZXJfc2F0aXNmYWN0aW9uX3Njb3Jl" |

    Scenario: Not over a newer one that the output holds
      Given a data set "licensing/completion-rate" with raw queries allowed
      And a transform "latest_dataset_value" from "licensing/completion-rate" to "licensing/output"
        """
        {}
        """
      And a published dashboard "licences" that shows "licensing/completion-rate"
      When I POST "/data/licensing/completion-rate" with its token
        | _timestamp             | rate |
        | "2014-03-01T00:00:00Z" | 0.75 |
      Then "licensing/output" soon holds
        | _timestamp                  | dashboard_slug | service_id | completion_rate |
        | "2014-03-01T00:00:00+00:00" | "licences"     | "licences" | 0.75            |
      When I POST "/data/licensing/completion-rate" with its token
        | _timestamp             | rate |
        | "2014-02-01T00:00:00Z" | 0.5  |
      And the worker has had time for more
      Then "licensing/output" holds
        | _timestamp                  | dashboard_slug | service_id | completion_rate |
        | "2014-03-01T00:00:00+00:00" | "licences"     | "licences" | 0.75            |

  Rule: latest_transaction_explorer_values takes the newest figures of each service to its dashboards

    Scenario: A service's newest figures, as records of one value each
      Given a transform "latest_transaction_explorer_values" from "licensing/input" to "licensing/output"
        """
        {}
        """
      And a published dashboard "tax-discs" of the service "dvla-tax-disc"
      When I POST "/data/licensing/input" with its token
        """
        [{"_timestamp": "2014-01-01T00:00:00Z", "service_id": "dvla-tax-disc", "type": "seasonally-adjusted",
          "period": "year", "end_at": "2014-01-01T00:00:00Z", "cost_per_transaction": 1.5,
          "digital_cost_per_transaction": 0.5, "digital_takeup": 0.4, "number_of_digital_transactions": 40,
          "number_of_transactions": 100, "total_cost": 150},
         {"_timestamp": "2014-04-01T00:00:00Z", "service_id": "dvla-tax-disc", "type": "seasonally-adjusted",
          "period": "year", "end_at": "2014-04-01T00:00:00Z", "cost_per_transaction": 2.5,
          "digital_cost_per_transaction": 1.5, "digital_takeup": 0.6, "number_of_digital_transactions": 60,
          "number_of_transactions": 100, "total_cost": 250}]
        """
      Then "licensing/output" soon holds, in any order
        | _id                                                    | _timestamp                  | dashboard_slug | service_id      | type                  | period | end_at                 | cost_per_transaction | digital_cost_per_transaction | digital_takeup | number_of_digital_transactions | number_of_transactions | total_cost |
        | "dGF4LWRpc2NzX2Nvc3RfcGVyX3RyYW5zYWN0aW9u"             | "2014-04-01T00:00:00+00:00" | "tax-discs"    | "dvla-tax-disc" | "seasonally-adjusted" | "year" | "2014-04-01T00:00:00Z" | 2.5                  |                              |                |                                |                        |            |
        | "dGF4LWRpc2NzX2RpZ2l0YWxfY29zdF9wZXJfdHJhbnNhY3Rpb24=" | "2014-04-01T00:00:00+00:00" | "tax-discs"    | "dvla-tax-disc" | "seasonally-adjusted" | "year" | "2014-04-01T00:00:00Z" |                      | 1.5                          |                |                                |                        |            |
        | "dGF4LWRpc2NzX2RpZ2l0YWxfdGFrZXVw"                     | "2014-04-01T00:00:00+00:00" | "tax-discs"    | "dvla-tax-disc" | "seasonally-adjusted" | "year" | "2014-04-01T00:00:00Z" |                      |                              | 0.6            |                                |                        |            |
        | "dGF4LWRpc2NzX251bWJlcl9vZl9kaWdpdGFsX3RyYW5zYWN0aW9ucw==" | "2014-04-01T00:00:00+00:00" | "tax-discs"    | "dvla-tax-disc" | "seasonally-adjusted" | "year" | "2014-04-01T00:00:00Z" |                  |                              |                | 60                             |                        |            |
        | "dGF4LWRpc2NzX251bWJlcl9vZl90cmFuc2FjdGlvbnM="         | "2014-04-01T00:00:00+00:00" | "tax-discs"    | "dvla-tax-disc" | "seasonally-adjusted" | "year" | "2014-04-01T00:00:00Z" |                      |                              |                |                                | 100                    |            |
        | "dGF4LWRpc2NzX3RvdGFsX2Nvc3Q="                         | "2014-04-01T00:00:00+00:00" | "tax-discs"    | "dvla-tax-disc" | "seasonally-adjusted" | "year" | "2014-04-01T00:00:00Z" |                      |                              |                |                                |                        | 250        |

    Scenario: Quarterly rows serve the two digital rates only; who is not in the newest quarter has null
      Given a transform "latest_transaction_explorer_values" from "licensing/input" to "licensing/output"
        """
        {}
        """
      And a published dashboard "returns" of the service "hmrc-returns"
      And a published dashboard "deaths" of the service "gro-deaths"
      When I POST "/data/licensing/input" with its token
        """
        [{"_timestamp": "2014-04-01T00:00:00Z", "service_id": "hmrc-returns", "type": "quarterly",
          "period": "quarter", "end_at": "2014-04-01T00:00:00Z", "digital_takeup": 0.6, "total_cost": 250},
         {"_timestamp": "2014-01-01T00:00:00Z", "service_id": "gro-deaths", "type": "quarterly",
          "period": "quarter", "end_at": "2014-01-01T00:00:00Z", "digital_takeup": 0.1, "total_cost": 99}]
        """
      Then "licensing/output" soon holds, in any order
        | _timestamp                  | dashboard_slug | service_id     | type        | period    | end_at                 | digital_cost_per_transaction | digital_takeup |
        | "2014-04-01T00:00:00+00:00" | "returns"      | "hmrc-returns" | "quarterly" | "quarter" | "2014-04-01T00:00:00Z" | null                         |                |
        | "2014-04-01T00:00:00+00:00" | "returns"      | "hmrc-returns" | "quarterly" | "quarter" | "2014-04-01T00:00:00Z" |                              | 0.6            |
        | "2014-04-01T00:00:00+00:00" | "deaths"       | "gro-deaths"   | "quarterly" | "quarter" | "2014-01-01T00:00:00Z" | null                         |                |
        | "2014-04-01T00:00:00+00:00" | "deaths"       | "gro-deaths"   | "quarterly" | "quarter" | "2014-01-01T00:00:00Z" |                              | null           |

  Rule: mapping gathers many values under a few names, and sums

    Scenario: The first mapping whose every expression is found takes a row; rows that none takes go nowhere
      Given a transform "mapping" from "licensing/input" to "licensing/output"
        """
        {"query-parameters": {"period": "month", "group_by": ["device", "browser"], "collect": ["visits:sum"]},
         "options": {"mapping-keys": ["device", "browser"], "mapped-attribute": "kind", "value-attribute": "visits:sum",
                     "mappings": {"phone with Safari": ["^phone", "Safari"], "phone": ["^phone", "."]}}}
        """
      When I POST "/data/licensing/input" with its token
        | _timestamp             | device     | browser         | visits |
        | "2014-01-01T00:00:00Z" | "phone"    | "Mobile Safari" | 1      |
        | "2014-01-20T00:00:00Z" | "phone-xl" | "Safari"        | 2      |
        | "2014-01-20T00:00:00Z" | "phone"    | "Opera"         | 4      |
        | "2014-01-20T00:00:00Z" | "desk"     | "Safari"        | 8      |
        | "2014-01-20T00:00:00Z" | "tv-phone" | "Opera"         | 16     |
      Then "licensing/output" soon holds, in any order
        | _timestamp                  | _start_at                   | _end_at                     | kind                | visits |
        | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "phone with Safari" | 3      |
        | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "phone"             | 4      |

    Scenario: Or to other-mapping
      Given a transform "mapping" from "licensing/input" to "licensing/output"
        """
        {"query-parameters": {"period": "month", "group_by": ["device", "browser"], "collect": ["visits:sum"]},
         "options": {"mapping-keys": ["device", "browser"], "mapped-attribute": "kind", "value-attribute": "visits:sum",
                     "mappings": {"phone with Safari": ["^phone", "Safari"], "phone": ["^phone", "."]},
                     "other-mapping": "the rest"}}
        """
      When I POST "/data/licensing/input" with its token
        | _timestamp             | device     | browser         | visits |
        | "2014-01-01T00:00:00Z" | "phone"    | "Mobile Safari" | 1      |
        | "2014-01-20T00:00:00Z" | "phone-xl" | "Safari"        | 2      |
        | "2014-01-20T00:00:00Z" | "phone"    | "Opera"         | 4      |
        | "2014-01-20T00:00:00Z" | "desk"     | "Safari"        | 8      |
        | "2014-01-20T00:00:00Z" | "tv-phone" | "Opera"         | 16     |
      Then "licensing/output" soon holds, in any order
        | _timestamp                  | _start_at                   | _end_at                     | kind                | visits |
        | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "phone with Safari" | 3      |
        | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "phone"             | 4      |
        | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "the rest"          | 24     |

  Rule: Any transform may add fields to its records

    Scenario: additionalFields are put under each record, whose own values win, and are in its id
      Given a transform "rate" from "licensing/input" to "licensing/output"
        """
        {"query-parameters": {"period": "month", "group_by": ["stage"], "collect": ["count:sum"]},
         "options": {"matchingAttribute": "stage", "valueAttribute": "count:sum",
                     "numeratorMatcher": "^done$", "denominatorMatcher": "^begun$",
                     "additionalFields": {"channel": "web", "rate": "none"}}}
        """
      When I POST "/data/licensing/input" with its token
        | _timestamp             | stage   | count |
        | "2014-01-01T00:00:00Z" | "begun" | 4     |
        | "2014-01-01T00:00:00Z" | "done"  | 3     |
      Then "licensing/output" soon holds
        | _id                                                                                                                        | _timestamp                  | _start_at                   | _end_at                     | channel | rate |
        | "TWpBeE5DMHdNUzB3TVZRd01Eb3dNRG93TUNzd01Eb3dNRjh5TURFMExUQXlMVEF4VkRBd09qQXdPakF3S3pBd09qQXdfY2hhbm5lbDp3ZWJfcmF0ZTpub25l" | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "web"   | 0.75 |
