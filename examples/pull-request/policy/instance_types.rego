# Lets no rename or removal of an instance type through, unless a flag allows it.
#
#   terraform show -json plan | terraform-provider-azureml review --format json > facts.json
#   conftest test --policy policy facts.json
#   conftest test --policy policy --data allow.json facts.json    # {"allow_instance_type_loss": true}
#
# It takes one plan or several root modules. A plan that cannot tell what becomes of instance types, or that failed, is not
# let through either. OPA 1.4.2 checks and evaluates it; the tests run its sister for jq.
package main

import rego.v1

reviews contains input if not input.root_modules

reviews contains module.review if some module in input.root_modules

sets contains {"at": resource.address, "types": resource.instance_types} if {
	some review in reviews
	some resource in review.resources
	resource.instance_types != null
}

sets contains {"at": object.get(cluster.cluster_id, "value", "a cluster"), "types": cluster.instance_types} if {
	some review in reviews
	some cluster in review.clusters
}

lost contains "the plan failed" if {
	some review in reviews
	review.result == "errored"
}

lost contains sprintf("%s: what becomes of instance types is %s", [set.at, set.types.knowledge]) if {
	some set in sets
	set.types.knowledge != "known"
}

lost contains sprintf("%s: %s is removed", [set.at, type.name]) if {
	some set in sets
	some type in set.types.types
	type.fate == "removed"
}

lost contains sprintf("%s: %s is renamed to %s", [set.at, type.previous_name, type.name]) if {
	some set in sets
	some type in set.types.types
	type.fate == "renamed"
}

deny contains message if {
	some message in lost
	not data.allow_instance_type_loss
}
