# Lets no rename or removal of an instance type through, unless a label of the pull request allows it.
#
#   terraform show -json plan | terraform-provider-azureml review --format json |
#     jq --raw-output --argjson labels '["allow-instance-type-loss"]' --from-file instance-types.jq
#
# It takes one plan or several root modules. What is lost is said on standard error, with exit code 1. A plan that cannot
# tell what becomes of instance types, or that failed, is not let through either. It needs jq 1.6.

"allow-instance-type-loss" as $allowing
| [.root_modules[]?.review, select(has("root_modules") | not)]
| map(
    (.resources[]? | {at: .address, types: .instance_types}),
    (.clusters[]? | {at: (.cluster_id.value // "a cluster"), types: .instance_types}),
    (select(.result == "errored") | {failed: true})
  )
| map(
    .at as $at
    | if .failed then "the plan failed"
      elif .types == null then empty
      elif .types.knowledge != "known" then "\($at): what becomes of instance types is \(.types.knowledge)"
      else
        .types.types[]
        | if .fate == "removed" then "\($at): \(.name) is removed"
          elif .fate == "renamed" then "\($at): \(.previous_name) is renamed to \(.name)"
          else empty end
      end
  )
| join("; ") as $lost
| if $lost == "" then "no instance type is lost"
  elif $labels | index($allowing) then "allowed by the label \($allowing): \($lost)"
  else "\($lost). The label \($allowing) allows it.\n" | halt_error(1)
  end
