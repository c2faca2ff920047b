@stagecraft
Feature: Deleting

  Background:
    Given of "/data-sets" there are
      | data_group | data_type   |
      | "g-cloud"  | "sales"     |
      | "g-cloud"  | "customers" |

  Scenario: A data set, and its data in Backdrop with it
    When the admin sends DELETE "/data-sets/g_cloud_sales"
    Then the status is 204
    And the body is empty
    When the collector sends GET "/data-sets"
    Then the list is
      | name                |
      | "g_cloud_customers" |
    When the admin sends DELETE "/data-sets/g_cloud_sales"
    Then the status is 404

  Rule: What something uses can't be deleted, and the refusal names what does

    Background:
      Given of "/transform" there is
        """
        {"id": "11111111-2222-4333-8444-555555555555", "type": "user_satisfaction",
         "input": {"data-group": "g-cloud", "data-type": "sales"}, "output": {"data-type": "satisfaction"}}
        """

    Scenario: A data set that a transform reads
      When the admin sends DELETE "/data-sets/g_cloud_sales"
      Then the status is 409
      And what is wrong is
        | key         | message                                                                                                             |
        | "transform" | "11111111-2222-4333-8444-555555555555 uses it (user_satisfaction: g-cloud/sales -> g-cloud/satisfaction)" |
      When the collector sends GET "/data-sets/g_cloud_sales"
      Then the status is 200

    Scenario: Once the transform is gone the data set can go
      When the admin sends DELETE "/transform/11111111-2222-4333-8444-555555555555"
      Then the status is 204
      When the admin sends DELETE "/data-sets/g_cloud_sales"
      Then the status is 204

    Scenario: A data group with data sets, and a data type with a transform
      When the admin sends DELETE "/data-groups/g-cloud"
      Then the status is 409
      And the message names "g_cloud_customers"
      And the message names "11111111-2222-4333-8444-555555555555"
      When the admin sends DELETE "/data-types/satisfaction"
      Then the status is 409

    Scenario: A transform type that is built in
      When the collector sends GET "/transform-type?name=rate"
      Then the list is
        | name   | function                                  |
        | "rate" | "backdrop.transformers.tasks.rate.compute" |
      When the admin sends DELETE "/transform-type/aa54af82-f645-5eb4-b069-fb1a125ce84b"
      Then the status is 409
      And the message names "built in"
