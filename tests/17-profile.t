#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A sample profile that has functions of KVM: .llvm.call-graph-profile must not reach the nVHE
# object of arm64.  With FULL=1, build and boot a whole kernel with such a profile.
. "$(dirname "$0")/lib/tap.sh"

export ARCH=arm64
src=$(KSRC='' front/fetch | tail -n 1)
hyp=arch/arm64/kvm/hyp
graph()
{
	"${llvm_prefix}llvm-readelf$llvm_suffix" -SW "$1" | grep -c ' \.llvm\.call-graph-profile '
}

# function:samples:calls, then lines counted from the start of the function, with their samples
cat > "$work/profile" <<'EOF'
__kvm_vcpu_run:100000:1000
 0: 1000
 5: 1000
 10: 1000
 20: 1000
 30: 1000
__kvm_tlb_flush_vmid_ipa:50000:1000
 0: 1000
 3: 1000
 10: 1000
handle_trap:90000:900
 0: 900
 2: 900 handle___kvm_vcpu_run:900
EOF
# that without LTO stays
obj=$work/obj
for option in LTO_CLANG_THIN LTO_NONE; do
	ok "$option: configuration" small_configure boot "$src" "$obj" $option
	ok "$option: KVM with a profile" kmake "$src" O="$obj" -j"$J" \
		KCFLAGS="-fprofile-sample-use=$work/profile" \
		modules_prepare $hyp/
	ok "$option: nVHE is there" test -s "$obj/$hyp/nvhe/kvm_nvhe.o"
	is "$option: and not sorted by the profile" "$(graph "$obj/$hyp/nvhe/kvm_nvhe.o")" 0
done
# Otherwise the profile has nothing on these functions, and the test above proves nothing.
is "the same functions elsewhere are" "$(graph "$obj/$hyp/vhe/switch.o")" 1
# Otherwise the option that keeps the section out has no effect.
with_profile()
{
	local command
	command=$(sed -n '1s/^[^ ]* := //p' "$obj/$hyp/nvhe/.switch.nvhe.o.cmd")
	grep -q -- '-fno-profile-sample-use' <<< "$command" && cd "$obj" &&
		sh -c "$(sed "s/-fno-profile-sample-use//;s, -o [^ ]*, -o $work/switch.o," \
		<<< "$command")"
}
ok "an nVHE object without that option" with_profile
is "is sorted by the profile" "$(graph "$work/switch.o")" 1

for mode in ${FULL:+none thin}; do
	dir=$work/$mode
	builds "LTO=$mode with a profile" KCFLAGS="-fprofile-sample-use=$work/profile" CONFIG=boot \
		LTO="$mode" O="$dir"
	is "$mode: nVHE is not sorted by the profile" "$(graph "$dir/$hyp/nvhe/kvm_nvhe.o")" 0
done

done_testing
