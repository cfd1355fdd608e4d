# fish completion for verify-prod
# SPDX-License-Identifier: MIT

function __verify_prod_ids
    verify-prod list 2>/dev/null | string replace -r '  +' \t
end

# a,b,c: the last of the list is being typed
function __verify_prod_id_list
    set -l done (commandline -ct | string replace -r '^--[a-z]+=' '' | string match -r '.*,')
    for line in (__verify_prod_ids)
        echo $done$line
    end
end

function __verify_prod_outputs
    set -l typed (commandline -ct)
    if string match -q '*=*' -- $typed
        set -l format (string split -m 1 = -- $typed)[1]
        __fish_complete_suffix (string split -m 1 = -- $typed)[2] '' | string replace -r '^' $format=
    else
        printf '%s=\n' text json junit tap sarif github html
    end
end

set -l is_run "not __fish_seen_subcommand_from init build list explain clean"
set -l is_run_or_build "not __fish_seen_subcommand_from init list explain clean"
set -l has_engine "not __fish_seen_subcommand_from init list explain"

complete -c verify-prod -n "__fish_is_first_arg" -a run -d 'verify and report; the default'
complete -c verify-prod -n "__fish_is_first_arg" -a init -d 'draft a spec from a Dockerfile'
complete -c verify-prod -n "__fish_is_first_arg" -a build -d 'build the image, tag it, print tag and id'
complete -c verify-prod -n "__fish_is_first_arg" -a list -d 'the checks: id and title'
complete -c verify-prod -n "__fish_is_first_arg" -a explain -d 'one check in words'
complete -c verify-prod -n "__fish_is_first_arg" -a clean -d 'remove what killed runs left'

complete -c verify-prod -n "__fish_seen_subcommand_from explain" -f -a '(__verify_prod_ids)'
complete -c verify-prod -n "__fish_seen_subcommand_from list clean" -f

complete -c verify-prod -n "__fish_seen_subcommand_from clean" -l older-than -x -d 'also what other hosts left that is older'
complete -c verify-prod -n "__fish_seen_subcommand_from init" -l force -d 'replace a spec that is there'
complete -c verify-prod -n "__fish_seen_subcommand_from init" -l stdout -d 'print the draft, write nothing'
complete -c verify-prod -n "__fish_seen_subcommand_from init" -s q -l quiet -d 'do not say what was guessed'
complete -c verify-prod -n "$is_run" -l only -x -a '(__verify_prod_id_list)' -d 'only these checks'
complete -c verify-prod -n "$is_run" -l skip -x -a '(__verify_prod_id_list)' -d 'all but these checks'
complete -c verify-prod -n "$is_run_or_build" -l set -x -d 'another value for an entry of the spec: KEY=VALUE'
complete -c verify-prod -n "$is_run" -l format -x -a 'text json junit tap sarif github html' -d 'format of the report'
complete -c verify-prod -n "$is_run" -l output -x -a '(__verify_prod_outputs)' -d 'write the report to a file as well'
complete -c verify-prod -n "$is_run" -l keep -d 'leave containers, network and image'
complete -c verify-prod -n "$is_run" -l jobs -x -d 'checks at the same time'
complete -c verify-prod -n "$is_run" -l no-color -d 'no colours'
complete -c verify-prod -n "$has_engine" -l timeout -x -d 'give up after this time'
complete -c verify-prod -n "$has_engine" -l host -x -a 'unix:///var/run/docker.sock unix:///run/podman/podman.sock' \
    -d 'the engine, as in DOCKER_HOST'
complete -c verify-prod -n "$has_engine" -s q -l quiet -d 'no progress'
complete -c verify-prod -s h -l help -d 'show help'
complete -c verify-prod -n "__fish_is_first_arg" -s V -l version -d 'show the version'
