package main

import (
	"bytes"
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
	"personae/internal/testing/origintest"
)

// BenchmarkImport brings over 10,000 workspaces with 30,000 personas and 40,000
// campaigns, which is to take less than a minute, and half of them with 10 leads
// and 20 messages each.
func BenchmarkImport(b *testing.B) {
	b.Run("without leads", func(b *testing.B) { benchmarkImport(b, 0) })
	b.Run("with leads", func(b *testing.B) { benchmarkImport(b, 5_000) })
}

func benchmarkImport(b *testing.B, withLeads int) {
	for b.Loop() {
		b.StopTimer()
		d, o := dbtest.New(b), origintest.New(b)
		o.Fill(b, 10_000)
		o.FillLeads(b, withLeads, 10, 2)
		b.StartTimer()
		var out, errs bytes.Buffer
		if code := run(b.Context(), []string{"import", "--from", o.URL}, []string{"PERSONAE_DATABASE_URL=" + d.URL},
			strings.NewReader(""), &out, &errs); code != 0 {
			b.Fatal(out.String(), errs.String())
		}
	}
	b.ReportMetric(10_000*float64(b.N)/b.Elapsed().Seconds(), "workspaces/s")
}
