@stagecraft
Feature: Finding what is configured

  Background:
    Given of "/data-sets" there are
      | data_group | data_type          | bearer_token | published | max_age_expected |
      | "g-cloud"  | "sales"            | "hush"       | false     | 86400            |
      | "g-cloud"  | "customers"        |              |           |                  |
      | "tax-disc" | "sales"            |              |           | null             |

  Rule: A data set's config is what Backdrop reads

    Scenario: By its name
      When the collector sends GET "/data-sets/g_cloud_sales"
      Then the status is 200
      And the answer is
        """
        {"name": "g_cloud_sales", "data_group": "g-cloud", "data_type": "sales", "bearer_token": "hush",
         "auto_ids": [], "upload_format": "", "upload_filters": [], "raw_queries_allowed": false,
         "queryable": true, "realtime": false, "published": false, "capped_size": null, "max_age_expected": 86400,
         "schema": {"$schema": "http://json-schema.org/draft-04/schema#", "title": "Record", "type": "object",
                    "properties": {"_timestamp": {"type": "string", "format": "date-time"}},
                    "required": ["_timestamp"]}}
        """

    Scenario: One that isn't there
      When the collector sends GET "/data-sets/g_cloud_sails"
      Then the status is 404
      And the message begins with "There is no data set of this name"

  Rule: Lists are ordered by name, and filtered by group and type

    Scenario: All of them
      When the collector sends GET "/data-sets"
      Then the list is
        | name                | data_group | data_type   | max_age_expected |
        | "g_cloud_customers" | "g-cloud"  | "customers" | 2678400          |
        | "g_cloud_sales"     | "g-cloud"  | "sales"     | 86400            |
        | "tax_disc_sales"    | "tax-disc" | "sales"     | null             |

    Scenario Outline: Those of a group, a type, or both
      When the collector sends GET "/data-sets?<filter>"
      Then the list is
        | name     |
        | <first>  |
        | <second> |

      Examples:
        | filter              | first               | second           |
        | data-group=g-cloud  | "g_cloud_customers" | "g_cloud_sales"  |
        | data_group=g-cloud  | "g_cloud_customers" | "g_cloud_sales"  |
        | data-type=sales     | "g_cloud_sales"     | "tax_disc_sales" |

    Scenario: Both together name one
      When the collector sends GET "/data-sets?data-group=g-cloud&data-type=sales"
      Then the list is
        | name            |
        | "g_cloud_sales" |

    Scenario: None is an empty list
      When the collector sends GET "/data-sets?data-group=tax-disc&data-type=customers"
      Then the status is 200
      And the answer is
        """
        []
        """

    Scenario: A filter that isn't known is refused, or it would answer with everything
      When the collector sends GET "/data-sets?group=g-cloud"
      Then the status is 400
      And what is wrong is
        | key     | message                                                                               |
        | "group" | "is not a parameter here; known are data-group, data-type, data_group, data_type" |

    Scenario: Groups and types are made with their data sets, and found by name
      When the collector sends GET "/data-groups"
      Then the list is
        | name       |
        | "g-cloud"  |
        | "tax-disc" |
      When the collector sends GET "/data-types?name=sales"
      Then the list is
        | name    | schema |
        | "sales" | null   |

  Rule: What hasn't changed isn't sent again

    Scenario: By its ETag
      When the collector sends GET "/data-sets/g_cloud_sales"
      Then there is a header "ETag"
      When the collector sends GET "/data-sets/g_cloud_sales" unless it still has that ETag
      Then the status is 304
      And the body is empty
      When the collector sends HEAD "/data-sets/g_cloud_sales" unless it still has that ETag
      Then the status is 304

    Scenario: Until it changes
      When the collector sends GET "/data-sets"
      And the admin sends PUT "/data-sets/tax_disc_sales"
        """
        {"realtime": true}
        """
      Then the status is 200
      When the collector sends GET "/data-sets" unless it still has that ETag
      Then the list is
        | name                | realtime |
        | "g_cloud_customers" | false    |
        | "g_cloud_sales"     | false    |
        | "tax_disc_sales"    | true     |

    Scenario: HEAD is GET without the body
      When the collector sends HEAD "/data-sets/g_cloud_sales"
      Then the status is 200
      And the body is empty
      And there is a header "ETag"

    Scenario: A refusal has no ETag
      When the collector sends GET "/data-sets/nothing"
      Then the status is 404
      And there is no header "ETag"
