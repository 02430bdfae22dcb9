package views

import (
	_ "embed"
	"sync"

	"go.yaml.in/yaml/v4"
)

// AccessibilityReport is the conformance report as programs take it, in the form of OpenACR.
//
//go:embed accessibility.yaml
var AccessibilityReport []byte

// conformance is what the page shows of the report.
type conformance struct {
	Methods  string `yaml:"evaluation_methods_used"`
	Date     string `yaml:"report_date"`
	Chapters struct {
		A  criteria `yaml:"success_criteria_level_a"`
		AA criteria `yaml:"success_criteria_level_aa"`
	}
}

type criteria struct {
	Criteria []struct {
		Num, Handle string
		Components  []struct {
			Adherence struct{ Level, Notes string }
		}
	}
}

// report is read once; what is built in can be read.
var report = sync.OnceValue(func() (c conformance) {
	if err := yaml.Unmarshal(AccessibilityReport, &c); err != nil {
		panic(err)
	}
	return c
})

// conforms says a level of OpenACR in words.
func conforms(level string) string {
	return map[string]string{
		"supports": "Supported.", "partially-supports": "Partially supported.", "not-applicable": "Not applicable.",
	}[level]
}
