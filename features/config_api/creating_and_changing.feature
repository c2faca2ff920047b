@stagecraft
Feature: Creating and changing data sets

  Rule: A group and a type are enough for a data set

    Scenario: The rest takes its defaults
      When the admin sends POST "/data-sets"
        """
        {"data_group": "town-hall", "data_type": "parking-permits"}
        """
      Then the status is 201
      And the header "Location" is "/data-sets/town_hall_parking_permits"
      And it says
        | name                        | bearer_token | published | queryable | max_age_expected | raw_queries_allowed |
        | "town_hall_parking_permits" | ""           | true      | true      | 2678400          | false               |
      When the collector sends GET "/data-sets/town_hall_parking_permits"
      Then the status is 200

    Scenario: All that is wrong is said at once, and nothing is made
      When the admin sends POST "/data-sets"
        """
        {"data_group": "Town Hall", "realtime": "yes", "upload_format": "banana", "colour": "red"}
        """
      Then the status is 400
      And the message names "data_type"
      And the message names "colour"
      And the message begins with "data_type is missing; data_group must begin with a small letter"
      When the collector sends GET "/data-groups"
      Then the answer is
        """
        []
        """

    Scenario Outline: A body that can't be read
      When the admin sends POST "/data-sets"
        """
        <body>
        """
      Then the status is 400
      And the message begins with "<message>"
      And nothing more is said of what is wrong

      Examples:
        | body                                        | message                |
        | {"data_group":                              | Error parsing JSON     |
        | {"data_group": "a", "data_group": "b"}      | Error parsing JSON: the key "data_group" is given twice |
        | ["data_group"]                              | Expected a JSON object |

    Scenario: A body of another type
      Given I send the header "Content-Type: text/plain"
      When the admin sends POST "/data-sets"
        """
        {}
        """
      Then the status is 400
      And the message is "Expected header: Content-type: application/json"

  Rule: There is one data set for a group and type, and one of a name

    Background:
      Given of "/data-sets" there are
        | data_group | data_type |
        | "a-b"      | "c"       |

    Scenario: The pair is taken
      When the admin sends POST "/data-sets"
        """
        {"data_group": "a-b", "data_type": "c", "name": "another"}
        """
      Then the status is 400
      And what is wrong is
        | key         | message                                               |
        | "data_type" | "is taken, with this data group, by the data set a_b_c" |

    Scenario: The name is taken
      When the admin sends POST "/data-sets"
        """
        {"data_group": "a", "data_type": "b-c"}
        """
      Then the status is 400
      And what is wrong is
        | key    | message                                                            |
        | "name" | "is left out, and its default a_b_c is the name of another data set" |

  Rule: A PUT replaces: what it leaves out takes its default again, but for tokens

    Background:
      Given of "/data-sets" there are
        | data_group  | data_type | bearer_token | realtime | auto_ids    |
        | "licensing" | "volumes" | "hush"       | true     | ["channel"] |

    Scenario: Changing it
      When the admin sends PUT "/data-sets/licensing_volumes"
        """
        {"capped_size": 1000000}
        """
      Then the status is 200
      And it says
        | name                | capped_size | realtime | auto_ids | bearer_token |
        | "licensing_volumes" | 1000000     | false    | []       | "hush"       |

    Scenario: Both tokens hold for a while
      When the admin sends PUT "/data-sets/licensing_volumes"
        """
        {"bearer_token": "new", "previous_bearer_token": "hush", "previous_bearer_token_until": "2999-01-01T00:00:00Z"}
        """
      Then it says
        | bearer_token | previous_bearer_token | previous_bearer_token_until |
        | "new"        | "hush"                | "2999-01-01T00:00:00+00:00" |
      When the admin sends PUT "/data-sets/licensing_volumes"
        """
        {"previous_bearer_token": "", "previous_bearer_token_until": null}
        """
      Then it says nothing of "previous_bearer_token"

    Scenario Outline: What it is found by never changes
      When the admin sends PUT "/data-sets/licensing_volumes"
        """
        {"<key>": "other"}
        """
      Then the status is 400
      And what is wrong is
        | key     | message   |
        | "<key>" | <message> |

      Examples:
        | key        | message                                                       |
        | name       | "can't be changed: the data is stored under it"               |
        | data_group | "can't be changed: readers and writers find the data set by it" |
        | data_type  | "can't be changed: readers and writers find the data set by it" |

    Scenario: What was read can be sent back
      When the admin sends GET "/data-sets/licensing_volumes"
      And the admin sends what was answered back with PUT "/data-sets/licensing_volumes"
      Then the status is 200
      And it says
        | name                | realtime | auto_ids    | bearer_token |
        | "licensing_volumes" | true     | ["channel"] | "hush"       |

    Scenario: A change of what somebody else has changed meanwhile is refused
      When the admin sends GET "/data-sets/licensing_volumes"
      And the admin sends PUT "/data-sets/licensing_volumes" if it still has that ETag
        """
        {"published": false}
        """
      Then the status is 200
      When the admin sends GET "/data-groups"
      And the admin sends PUT "/data-sets/licensing_volumes" if it still has that ETag
        """
        {"published": true}
        """
      Then the status is 412
      When the collector sends GET "/data-sets/licensing_volumes"
      Then it says
        | published |
        | false     |

  Rule: A data type may have a schema of its records, which has to be one

    Scenario: Every data set of the type has it
      Given of "/data-types" there is
        """
        {"name": "head-counts", "schema": {"required": ["count"]}}
        """
      When the admin sends POST "/data-sets"
        """
        {"data_group": "zoo", "data_type": "head-counts"}
        """
      Then the status is 201
      And the answer's "schema" has
        | required  |
        | ["count"] |

    Scenario: What is no JSON Schema is refused
      When the admin sends POST "/data-types"
        """
        {"name": "head-counts", "schema": {"required": "count"}}
        """
      Then the status is 400
      And what is wrong is
        | key      | message                                                                        |
        | "schema" | "is not a valid JSON Schema at required: 'count' is not of type 'array'" |
