package main

import (
	"fmt"
	"strings"
)

// request is a row: what is asked for, how many units it took before anything was done for its
// speed and is to take, and the benchmark.
type request struct{ what, before, aim, name string }

var requests = []request{
	{"Personas, 20 of them", "4.5", "1.4", "Requests/list"},
	{"the same after 1,500 switches of the default", "6.1", "1.4", "Requests/list-after-1500-switches"},
	{"Settings", "2–2.5", "1.2", "Requests/settings"},
	{"Members", "2–2.5", "1.2", "Requests/members"},
	{"Health", "2–2.5", "1.2", "Requests/health"},
	{"the same beside 100,000 events", "", "", "Requests/health-100000"},
	{"Campaigns, 50 of them", "", "", "Requests/campaigns"},
	{"1,000 campaigns, searched", "26×", "3", "Requests/campaigns-1000-searched"},
	{"Leads, 50 of them", "", "", "Requests/leads"},
	{"10,000 leads, searched", "66×", "3", "Requests/leads-10000-searched"},
	{"Activity, 60 events", "11", "3", "Requests/activity-60"},
	{"3,000 events", "26", "3", "Requests/activity-3000"},
	{"100,000 events", "over 500", "3", "Requests/activity-100000"},
	{"100,000 events, only what moved the default", "over 500", "3", "Requests/activity-100000-filtered"},
	{"A superadmin’s Workspaces, 10,000 of them", "90×", "3", "Requests/workspaces-10000"},
	{"the same, searched", "", "3", "Requests/workspaces-10000-searched"},
	{"Resolve, over JSON", "2.2", "1", "Requests/resolve"},
	{"Another default, over JSON", "18", "4", "Requests/switch"},
	{"A message in, answered and scored without a model", "27", "5", "Drafts"},
}

// amount is a row of what is measured in something else than units.
type amount struct {
	what, before, aim, name, metric, format string
}

var amounts = []amount{
	{"Messages a second, as above", "110–360", "1,000", "Drafts", "per-s", "%.0f"},
	{"Workspaces a second, brought over without leads", "140–330", "1,000", "Import/without_leads", "workspaces/s", "%.0f"},
	{"the same, half of them with 10 leads and 20 messages each", "", "", "Import/with_leads", "workspaces/s", "%.0f"},
	{"Ready with a PostgreSQL elsewhere", "", "150 ms", "Serve", "ready-ms", "%.0f ms"},
	{"Ready with one of its own that was there before", "", "1,500 ms", "Serve", "ready-own-ms", "%.0f ms"},
	{"Memory idle: its own, and of the program’s file", "", "35 MB", "Serve", "idle-MB", "%.0f MB"},
	{"Memory under 16 clients", "", "60 MB", "Serve", "load-MB", "%.0f MB"},
	{"Processor when idle, with its PostgreSQL", "1.4%", "0.3%", "Serve", "idle-%", "%.2f%%"},
}

// tables writes both tables. It fails for a row that was not measured.
func tables(measured figures) (string, error) {
	var b strings.Builder
	b.WriteString("| one request | before | aim | units | ms | of it PostgreSQL | a second |\n|---|---|---|---|---|---|---|\n")
	for _, r := range requests {
		f, there := measured[r.name]
		if !there {
			return "", fmt.Errorf("Benchmark%s was not run", r.name)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %.1f | %.2f | %.2f | %.0f |\n", r.what, r.before, r.aim, f["cpu-x-unit"], f["cpu-ms"], f["pg-ms"], f["per-s"])
	}
	b.WriteString("\n| | before | aim | now |\n|---|---|---|---|\n")
	for _, a := range amounts {
		n, there := measured[a.name][a.metric]
		if !there {
			return "", fmt.Errorf("Benchmark%s did not measure %s", a.name, a.metric)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | "+a.format+" |\n", a.what, a.before, a.aim, n)
	}
	return b.String(), nil
}
