Feature: What is derived from records goes with them
  A run makes its output right for the periods that it was asked for: it writes what their records give, and takes back what
  it wrote when there were other records. Nothing else in the output is touched.

  Background:
    Given a data set "licensing/input" with raw queries allowed
    And a data set "licensing/output" with raw queries allowed
    And a transform "mapping" from "licensing/input" to "licensing/output"
      """
      {"query-parameters": {"period": "month", "group_by": ["browser"], "collect": ["visits:sum"]},
       "options": {"mapping-keys": ["browser"], "mapped-attribute": "kind", "value-attribute": "visits:sum",
                   "mappings": {"old": ["IE"], "new": ["Fox|Opera"]},
                   "additionalFields": {"site": "licences"}}}
      """

  Scenario: A name goes with its last record, a period with all of its records
    When I POST "/data/licensing/output" with its token
      | _id       | _timestamp             | kind  | site       | visits |
      | "by-hand" | "2014-01-01T00:00:00Z" | "old" | "licences" | 7      |
    And I POST "/data/licensing/input" with its token
      | _id | _timestamp             | browser | visits |
      | "a" | "2014-01-10T00:00:00Z" | "IE 7"  | 1      |
      | "b" | "2014-01-20T00:00:00Z" | "Opera" | 2      |
      | "c" | "2014-02-10T00:00:00Z" | "IE 8"  | 4      |
    Then "licensing/output" soon holds, in any order
      | _timestamp                  | _start_at                   | _end_at                     | kind  | site       | visits |
      | "2014-01-01T00:00:00+00:00" |                             |                             | "old" | "licences" | 7      |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "old" | "licences" | 1      |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "new" | "licences" | 2      |
      | "2014-02-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | "old" | "licences" | 4      |
    When I PATCH "/data/licensing/input/c" with its token
      """
      {"_timestamp": "2014-03-10T00:00:00Z"}
      """
    And I DELETE "/data/licensing/input/a" with its token and no body
    Then "licensing/output" soon holds, in any order
      | _timestamp                  | _start_at                   | _end_at                     | kind  | site       | visits |
      | "2014-01-01T00:00:00+00:00" |                             |                             | "old" | "licences" | 7      |
      | "2014-01-01T00:00:00+00:00" | "2014-01-01T00:00:00+00:00" | "2014-02-01T00:00:00+00:00" | "new" | "licences" | 2      |
      | "2014-03-01T00:00:00+00:00" | "2014-03-01T00:00:00+00:00" | "2014-04-01T00:00:00+00:00" | "old" | "licences" | 4      |
    When I PUT "/data/licensing/input" with its token
      """
      []
      """
    Then "licensing/output" soon holds, in any order
      | _timestamp                  | _start_at                   | _end_at                     | kind  | site       | visits |
      | "2014-01-01T00:00:00+00:00" |                             |                             | "old" | "licences" | 7      |
