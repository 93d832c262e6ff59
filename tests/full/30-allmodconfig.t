#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# allmodconfig with ThinLTO builds, and passes its checks.  It is built without GCOV_KERNEL, which
# does not allow LTO.  It is also built without COMPILE_TEST, debug information, sanitizers and
# KCOV, which would take too long; 17-kasan.t has a kernel with KASAN.  With few processors, some
# classes of drivers are left out, too: most of these are modules of one unit, so native code.
. "$(dirname "$0")/../lib/tap.sh"

src=$(KSRC='' front/fetch | tail -n 1)
# Not in $work: this takes hours, and an interrupted build goes on.
obj=$top/build/tests/allmodconfig
mkdir -p "$obj"
ltocheck_build
# Debian's source package lacks files of the last four options of the first line.  DRM_I915_WERROR
# turns warnings into errors, and clang has warnings there.
left_out="GCOV_KERNEL COMPILE_TEST DEBUG_INFO KASAN KCSAN UBSAN KCOV DRM_I915_WERROR COPS FB_NVIDIA FB_RIVA VIDEO_VS6624"
one_chip='BATTERY|CHARGER|HID|LEDS|PATA|RTC_DRV|SENSORS|USB_SERIAL|W1'
if [ "$(nproc)" -gt 4 ]; then
	one_chip=none
else
	left_out="$left_out IDE IIO INFINIBAND_HFI1 INFINIBAND_QIB INPUT_MISC INPUT_TOUCHSCREEN MEDIA_SUPPORT MTD NET_VENDOR_NETRONOME
		NET_VENDOR_QLOGIC NET_VENDOR_SOLARFLARE NET_VENDOR_STMICRO RC_CORE SND_ISA SND_SOC STAGING USB_GADGET WATCHDOG
		WLAN_VENDOR_ATH WLAN_VENDOR_BROADCOM WLAN_VENDOR_MARVELL WLAN_VENDOR_MEDIATEK WLAN_VENDOR_RALINK
		WLAN_VENDOR_REALTEK WLAN_VENDOR_TI X86_PLATFORM_DEVICES"
fi
for o in $left_out; do
	echo "# CONFIG_$o is not set"
done > "$work/config"
echo CONFIG_LTO_CLANG_THIN=y >> "$work/config"
configure()
{
	KCONFIG_ALLCONFIG=$work/config kmake "$src" O="$work" allmodconfig &&
		sed -nE "s/^(CONFIG_($one_chip)_[A-Z0-9_]*)=m$/# \\1 is not set/p" "$work/.config" \
		>> "$work/config" &&
		KCONFIG_ALLCONFIG=$work/config kmake "$src" O="$obj" allmodconfig &&
		grep -qx CONFIG_LTO_CLANG_THIN=y "$obj/.config"
}
ok "allmodconfig with ThinLTO" configure
# -k: go on after the first error, as the second is wanted, too.
build()
{
	kmake "$src" O="$obj" -j"$J" -k all > "$work/build.log" 2>&1 ||
		{ grep -m 10 -iE 'error|\*\*\*' "$work/build.log"; false; }
}
ok "builds" build
ok "passes its checks" "$ltocheck" "$obj"

done_testing
