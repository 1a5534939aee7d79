import {
  for_each = local.instance_types

  to = azureml_instance_type.this[each.key]
  id = "${var.cluster_id}|${each.key}"
}
