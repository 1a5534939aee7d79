# What `make help` prints: of each target and variable in GNUmakefile the first line of the comment above it.

/^# / {
	if (comment == "") comment = substr($0, 3)
	next
}

/^[a-z][a-z-]*:/ {
	name = $0
	sub(/:.*/, "", name)
	targets = targets sprintf("  %-11s %s\n", name, comment)
}

/^[A-Z]+ \?=/ {
	value = $0
	sub(/^[A-Z]+ \?= */, "", value)
	if (value != "") comment = comment " [" value "]"
	variables = variables sprintf("  %-11s %s\n", $1, comment)
}

{ comment = "" }

END {
	printf "Usage: make [TARGET] [VARIABLE=VALUE ...]\n\n"
	printf "Targets:\n%s\n", targets
	printf "Variables, given on the line, as in `make demo CLUSTER=1`, or by the environment:\n%s", variables
}
