# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that need packages of bullseye, for which 5.10 was made.

# bullseye_apt DIR: set $bullseye, options with which apt knows bullseye alone, from the mirrors of
# this machine, and keeps its files in DIR
bullseye_apt()
{
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' \
		'Origin: Debian' | sort -u | while read -r uri label; do
		for suite in $BASE_SUITES; do
			case $label:$suite in
			Debian-Security:*-security | Debian:bullseye)
				echo "deb [signed-by=$keyring] $uri $suite main" ;;
			esac
		done
	done > "$1/sources.list"
	bullseye=(-o Dir::Etc::SourceList="$1/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State::Lists="$1/lists" -o Dir::Cache="$1/cache"
		-o APT::Sandbox::User=root -o Acquire::Languages=none)
}
