#!/usr/bin/env bash
# Send one file with curl: send.sh URL KEY_FILE FILE (.ndjson, .json or .csv, at most 8 MiB). The answer is printed.
set -euo pipefail
gateway=$1 key_file=$2 file=$3
case $file in
  *.csv) type=text/csv ;;
  *.json) type=application/json ;;
  *) type=application/x-ndjson ;;
esac
# The key goes to curl over standard input, so that no list of processes shows it. The digest names the delivery: sent
# again, it gets the same answer.
printf 'Authorization: Bearer %s\n' "$(< "$key_file")" |
  curl --silent --show-error --fail-with-body --retry 5 --header @- \
    --header "Content-Type: $type" --header "Accept-Language: en" \
    --header "Idempotency-Key: $(sha256sum < "$file" | cut -c 1-64)" \
    --data-binary "@$file" "$gateway/v1/observations"
