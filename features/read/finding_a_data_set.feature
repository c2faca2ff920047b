Feature: Finding a data set
  A query is a GET of a data set, found by its group and type or by its name.

  Background:
    Given a data set "licensing/daily-volumes" with raw queries allowed
    And the records
      | _id   | _timestamp             | volume |
      | "one" | "2013-01-01T00:00:00Z" | 12     |

  Scenario: By group and type
    When I GET "/data/licensing/daily-volumes"
    Then the status is 200
    And the records are
      | _id   | _timestamp                  | volume |
      | "one" | "2013-01-01T00:00:00+00:00" | 12     |

  Scenario: By name, which is the group and the type joined by _, with - made _
    When I GET "/licensing_daily_volumes"
    Then the status is 200
    And the records are
      | _id   | _timestamp                  | volume |
      | "one" | "2013-01-01T00:00:00+00:00" | 12     |

  Scenario: Both routes take the same parameters
    When I GET "/licensing_daily_volumes?period=month&start_at=2013-01-01T00:00:00Z&duration=1&collect=volume:sum"
    Then the rows are
      | _start_at                   | _end_at                     | _count | volume:sum |
      | "2013-01-01T00:00:00+00:00" | "2013-02-01T00:00:00+00:00" | 1      | 12         |

  Scenario: A data set that was never written is empty
    Given a data set "licensing/just-made" with raw queries allowed
    When I GET "/data/licensing/just-made"
    Then the answer is
      """
      {"data": []}
      """

  Scenario Outline: An unknown data set
    When I GET "<path>"
    Then the status is 404
    And the answer is
      """
      {"status": "error", "message": "data_set not found"}
      """

    Examples:
      | path                                      |
      | /data/licensing/weekly-volumes            |
      | /data/alcohol/daily-volumes               |
      | /licensing_weekly_volumes                 |
      | /Licensing_Daily_Volumes                  |
      | /data/licensing/daily-volumes%27%20OR%201 |

  Scenario Outline: A data set that is not queryable looks unknown
    Given it is not queryable
    When I GET "<path>"
    Then the status is 404
    And the answer is
      """
      {"status": "error", "message": "data_set not found"}
      """

    Examples:
      | path                          |
      | /data/licensing/daily-volumes |
      | /licensing_daily_volumes      |

  Scenario: An unknown data set comes before a bad query
    When I GET "/data/licensing/weekly-volumes?period=fortnight"
    Then the status is 404

  Scenario: A data set that is made is soon found
    When I GET "/data/licensing/monthly-volumes"
    Then the status is 404
    Given a data set "licensing/monthly-volumes" with raw queries allowed
    Then GET "/data/licensing/monthly-volumes" is soon answered with 200

  Scenario: A config that makes no sense does not disturb other data sets
    Given a data set "licensing/nonsense"
    And its "auto_ids" is 12
    When I GET "/data/licensing/daily-volumes"
    Then the status is 200
    When I GET "/_status/data-sets"
    Then the status is 200

  Scenario: While the config API fails, data sets that are known still answer
    When I GET "/data/licensing/daily-volumes"
    And the config API fails
    And its "published" becomes false
    And I GET "/data/licensing/daily-volumes"
    Then the status is 200

  Scenario: While the config API fails, a data set that nobody asked for before can't be found
    Given a data set "licensing/never-asked-for"
    And the config API fails
    When I GET "/data/licensing/never-asked-for?group_by=name"
    Then the status is 503
    And there is a header "Retry-After"
    And the header "Access-Control-Allow-Origin" is "*"
    And the message names "config API"
    When the config API is well again
    Then GET "/data/licensing/never-asked-for?group_by=name" is soon answered with 200
