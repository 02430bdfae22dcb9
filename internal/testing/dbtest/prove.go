package dbtest

import (
	"os"
	"strconv"
)

// Times returns how often a test that searches for faults tries: ci in a usual
// run, and with PROVE=1 in the environment, as make prove sets it, as often as
// is aimed at. PROVE=0.1 tries a tenth of that.
func Times(ci, aim int) int {
	prove := os.Getenv("PROVE")
	if prove == "" {
		return ci
	}
	part, err := strconv.ParseFloat(prove, 64)
	if err != nil || part <= 0 {
		panic("PROVE=" + prove + " is not a part of the aim, such as 1 or 0.1")
	}
	return max(ci, int(part*float64(aim)))
}
