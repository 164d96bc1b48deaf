#!/bin/sh
# The bucket, and a user who may do in it what Reelflow does, and nothing else. Safe to run twice.
set -eu

mc mb --ignore-existing store/reelflow
mc admin policy create store reelflow /setup/policy.json
mc admin user add store reelflow "$S3_SECRET_KEY"
# Attaching what is attached already is an error to mc.
mc admin policy attach store reelflow --user reelflow || mc admin policy entities store --user reelflow | grep -q reelflow
