#!/usr/bin/env bash
# Send one file with curl: send.sh URL KEY_FILE FILE (.ndjson, .jsonl, .json or .csv, at most 8 MiB). The answer is printed.
set -euo pipefail
gateway=${1%/} key_file=$2 file=$3
if ! [[ $gateway =~ ^(https://|http://(127\.0\.0\.1|localhost)(:[0-9]+)?(/|$)) ]]; then
  echo "the address of the gateway must begin with https://" >&2
  exit 2
fi
case $(tr '[:upper:]' '[:lower:]' <<< "$file") in
  *.csv) type=text/csv ;;
  *.json) type=application/json ;;
  *.ndjson | *.jsonl) type=application/x-ndjson ;;
  *)
    echo "$file is none of .ndjson, .jsonl, .json, .csv" >&2
    exit 2
    ;;
esac
# The key goes to curl over standard input, so that no list of processes shows it. The digest names the delivery: sent
# again, it gets the same answer. A redirect is an error and never followed: the key is for the gateway alone.
printf 'Authorization: Bearer %s\n' "$(< "$key_file")" |
  curl --disable --silent --show-error --fail-with-body --retry 5 --location --max-redirs 0 --header @- \
    --header "Content-Type: $type" --header "Accept-Language: en" \
    --header "Idempotency-Key: $(sha256sum < "$file" | cut -c 1-64)" \
    --data-binary "@$file" "$gateway/v1/observations"
