# bash completion for neptune-scan. Made by ./dev manual from --help.
_neptune_scan() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} flags=
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "scan merge accounts report show diff trend runs plan exceptions doctor iam-policy config controls version help" -- "$word")
		return
	fi
	case $before in
	--report) mapfile -t COMPREPLY < <(compgen -W "table json jsonl csv csv-matrix html markdown ocsf ocsf-lines asff sarif junit prometheus" -- "$word"); return ;;
	--accounts-file | --config | --db | --exceptions | --ca-bundle | --external-id-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
	esac
	case ${COMP_WORDS[1]} in
	accounts) flags="--accounts-file --config" ;;
	config) flags="--config --format" ;;
	controls) flags="--format" ;;
	diff) flags="--db --format" ;;
	doctor) flags="--all --config --format --role-name" ;;
	exceptions) flags="--db --format --run" ;;
	iam-policy) flags="--account --cluster --controls --external-id-file --management-role --merge --namespace --next-external-id-file --oidc-provider --organization --principal --remove --role-chain --service --service-account" ;;
	merge) flags="--all --array --await --config --db --deadline --exit --fail-on --report --resume" ;;
	plan) flags="--account --create-key --cut-over --execute --format --key --method --out --region --resource --run" ;;
	report) flags="--accounts --controls --db --only-failing --report --run" ;;
	runs) flags="--check --db --format --keep" ;;
	scan) flags="--accounts --accounts-file --array --ca-bundle --color --concurrency --config --connect-timeout --controls --csv-bom --db --deadline --dualstack --endpoint-url --exceptions --exclude-accounts --exclude-ous --exclude-regions --exit --external-id --external-id-file --fail-on --fips --grace --idle-timeout --keep --log-format --management-role --max-answer --max-attempts --min-backup-days --narrow --no-proxy --only-failing --organization-role --ous --profile --progress --proxy --quiet --region --regions --report --require-key --resume --resume-within --retry-blind --role-chain --role-name --run-name --session-name --severity --shard --sts-rate --sts-regions --timeout --verbose --workers" ;;
	show) flags="--db --format --run" ;;
	trend) flags="--db --format" ;;
	version) flags="" ;;
	help) flags="scan merge accounts report show diff trend runs plan exceptions doctor iam-policy config controls version" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
}
complete -o default -F _neptune_scan neptune-scan
