Feature: Answers that would be absurdly large
  They are refused, with the limit, before any work is done for them. The limit is a setting; here it is 1000 rows.

  Background:
    Given a data set "licensing/volumes" with raw queries allowed

  Scenario Outline: Too many periods
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "1000"

    Examples:
      | query                                                                            |
      | period=hour&start_at=1700-01-01T00:00:00Z&end_at=2013-01-01T00:00:00Z             |
      | period=hour&start_at=2013-01-01T00:00:00Z&duration=1001                           |
      | period=day&duration=1001                                                          |
      | period=day&start_at=2013-01-01T00:00:00Z&duration=1000000000                      |
      | period=hour&start_at=2013-01-01T00:00:00Z&duration=1001&group_by=place            |

  Scenario: As many periods as the limit
    When I GET "/data/licensing/volumes?period=hour&start_at=2013-01-01T00:00:00Z&duration=1000"
    Then there are 1000 rows

  Scenario Outline: Too many rows of periods and groups, nested or flat
    Given 11 records whose "supplier" goes from 1 to 11, at "2013-01-01T00:00:00Z"
    When I GET "/data/licensing/volumes?period=hour&start_at=2013-01-01T00:00:00Z&duration=100&group_by=supplier&<query>"
    Then the status is 400
    And the message names "1000"

    Examples:
      | query                          |
      | flatten=false                  |
      | flatten=true                   |
      | flatten=true&format=csv        |

  Scenario: Fewer groups are answered
    Given 11 records whose "supplier" goes from 1 to 11, at "2013-01-01T00:00:00Z"
    When I GET "/data/licensing/volumes?period=hour&start_at=2013-01-01T00:00:00Z&duration=100&group_by=supplier&flatten=true&limit=10"
    Then there are 1000 rows

  Scenario: Too many groups
    Given 1001 records whose "supplier" goes from 1 to 1001, at "2013-01-01T00:00:00Z"
    When I GET "/data/licensing/volumes?group_by=supplier"
    Then the status is 400
    And the message names "1000"

  Scenario: Too many records; with a limit there are not
    Given 1001 records whose "supplier" goes from 1 to 7, at "2013-01-01T00:00:00Z"
    When I GET "/data/licensing/volumes"
    Then the status is 400
    And the message names "1000"
    When I GET "/data/licensing/volumes?limit=1000"
    Then there are 1000 rows

  Scenario Outline: Periods that leave the calendar
    When I GET "/data/licensing/volumes?<query>"
    Then the status is 400
    And the message names "period"

    Examples:
      | query                                                        |
      | period=year&start_at=9999-01-01T00:00:00Z&duration=2          |
      | period=year&end_at=0001-06-01T00:00:00Z&duration=2            |
