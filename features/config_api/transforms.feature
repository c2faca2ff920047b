@stagecraft
Feature: Transforms

  Background:
    Given of "/data-sets" there are
      | data_group | data_type |
      | "g-cloud"  | "sales"   |
    And of "/transform" there is
      """
      {"id": "11111111-2222-4333-8444-555555555555", "type": "rate",
       "input": {"data-group": "g-cloud", "data-type": "sales"},
       "query-parameters": {"period": "month", "group_by": ["size"], "collect": ["spend:sum"]},
       "options": {"matchingAttribute": "size", "valueAttribute": "spend:sum", "numeratorMatcher": "^SME$",
                   "denominatorMatcher": "."},
       "output": {"data-group": "g-cloud", "data-type": "sme-share"}}
      """

  Scenario: As the worker asks for them
    When the collector sends GET "/data-sets/g_cloud_sales/transform"
    Then the list is
      | id                                     | input                                           | query-parameters                                                            | output                                              |
      | "11111111-2222-4333-8444-555555555555" | {"data-group": "g-cloud", "data-type": "sales"} | {"period": "month", "group_by": ["size"], "collect": ["spend:sum"]} | {"data-group": "g-cloud", "data-type": "sme-share"} |

  Scenario: One that names no group reads its type in every group
    Given of "/transform" there is
      """
      {"id": "22222222-2222-4333-8444-555555555555", "type": "user_satisfaction",
       "input": {"data-type": "sales"}, "output": {"data-type": "satisfaction"}}
      """
    When the collector sends GET "/data-sets/g_cloud_sales/transform"
    Then the list is
      | id                                     |
      | "11111111-2222-4333-8444-555555555555" |
      | "22222222-2222-4333-8444-555555555555" |

  Scenario: Filtered by what they write
    When the collector sends GET "/transform?output-data-type=sme-share"
    Then the list is
      | id                                     |
      | "11111111-2222-4333-8444-555555555555" |
    When the collector sends GET "/transform?output-data-type=sales"
    Then the answer is
      """
      []
      """

  Scenario: A circle is refused, and told
    When the admin sends POST "/transform"
      """
      {"type": "user_satisfaction", "input": {"data-group": "g-cloud", "data-type": "sme-share"},
       "output": {"data-type": "sales"}}
      """
    Then the status is 400
    And what is wrong is
      | key      | message                                                                                |
      | "output" | "closes a circle of transforms: g-cloud/sales -> g-cloud/sme-share -> g-cloud/sales" |

  Scenario: Options have to fit the type's schema
    When the admin sends POST "/transform"
      """
      {"type": "rate", "input": {"data-type": "sales"}, "output": {"data-type": "share"},
       "options": {"matchingAttribute": "size", "valueAttribute": "spend:sum", "numeratorMatcher": "^SME$"}}
      """
    Then the status is 400
    And what is wrong is
      | key       | message                                       |
      | "options" | "'denominatorMatcher' is a required property" |

  Rule: Query parameters are such as the read API takes

    Scenario Outline: What it wouldn't take is refused
      When the admin sends POST "/transform"
        """
        {"type": "user_satisfaction", "input": {"data-type": "sales"}, "output": {"data-type": "share"},
         "query-parameters": <parameters>}
        """
      Then the status is 400
      And what is wrong is
        | key                       | message   |
        | "query-parameters.<name>" | <message> |

      Examples:
        | parameters                                                                   | name     | message                                                              |
        | {"period": "fortnight"}                                                      | period   | "must be one of hour, day, week, month, quarter, year, not 'fortnight'" |
        | {"collect": ["spend:sum"]}                                                   | collect  | "needs group_by or period"                                           |
        | {"start_at": "2014-02-01T00:00:00Z", "end_at": "2014-01-01T00:00:00Z"}       | end_at   | "is before start_at"                                                 |
        | {"duration": 4}                                                              | duration | "needs period"                                                       |

    Scenario: Null and empty lists are as good as left out
      When the admin sends PUT "/transform/11111111-2222-4333-8444-555555555555"
        """
        {"type": "user_satisfaction", "input": {"data-group": "g-cloud", "data-type": "sales"},
         "output": {"data-group": "g-cloud", "data-type": "sme-share"},
         "query-parameters": {"period": "week", "filter_by": [], "group_by": null}}
        """
      Then the status is 200
