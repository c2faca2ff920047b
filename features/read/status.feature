Feature: Which data sets are out of date
  GET /_status/data-sets says which data sets have not been written for longer than their max_age_expected (seconds).

  Scenario: All in date
    Given a data set "licensing/volumes"
    And the records
      | volume |
      | 12     |
    Then the answer to "/_status/data-sets" soon is
      """
      {"status": "ok", "data_sets": null, "message": "All data_sets are in date"}
      """
    And the status is 200
    And the header "Cache-Control" is "no-cache"
    And the header "Access-Control-Allow-Origin" is "*"

  Scenario: One is out of date
    Given a data set "licensing/volumes"
    And its "max_age_expected" is 0
    And the records
      | volume |
      | 12     |
    Then the answer to "/_status/data-sets" soon is
      """
      {"status": "not okay",
       "data_sets": [{"name": "licensing_volumes", "seconds-out-of-date": "{whole number}",
                      "last-updated": "{date}", "max-age-expected": 0}],
       "message": "1 data-set is out of date"}
      """
    And the status is 200
    And the header "Cache-Control" is "no-cache"

  Scenario: Several are out of date, and some of them are not published or not queryable
    Given a data set "licensing/volumes"
    And its "max_age_expected" is 0
    And the records
      | volume |
      | 12     |
    And a data set "licensing/completion"
    And its "max_age_expected" is 0
    And it is not queryable
    And the records
      | rate |
      | 0.5  |
    And a data set "alcohol/volumes"
    And its "max_age_expected" is 0
    And it is unpublished
    And the records
      | volume |
      | 12     |
    Then the answer to "/_status/data-sets" soon is
      """
      {"status": "not okay",
       "data_sets": [
         {"name": "licensing_volumes", "seconds-out-of-date": "{whole number}",
          "last-updated": "{date}", "max-age-expected": 0},
         {"name": "licensing_completion", "seconds-out-of-date": "{whole number}",
          "last-updated": "{date}", "max-age-expected": 0},
         {"name": "alcohol_volumes", "seconds-out-of-date": "{whole number}",
          "last-updated": "{date}", "max-age-expected": 0}],
       "message": "3 data-sets are out of date"}
      """

  Scenario: Data sets without a record, or without a greatest age, are not checked
    Given a data set "licensing/volumes"
    And its "max_age_expected" is 0
    And a data set "alcohol/volumes"
    And its "max_age_expected" is null
    And the records
      | volume |
      | 12     |
    And a data set "alcohol/completion"
    And its "max_age_expected" is 0
    And the records
      | volume |
      | 12     |
    Then the answer to "/_status/data-sets" soon is
      """
      {"status": "not okay",
       "data_sets": [{"name": "alcohol_completion", "seconds-out-of-date": "{whole number}",
                      "last-updated": "{date}", "max-age-expected": 0}],
       "message": "1 data-set is out of date"}
      """
