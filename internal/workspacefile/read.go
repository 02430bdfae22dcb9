package workspacefile

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v4"

	"personae/internal/language"
	"personae/internal/persona"
)

// What files hold, in the order in which they are written.
var (
	topKeys      = []string{"workspace", "revision", "default", "complete", "settings", "personas", "campaigns"}
	personaKeys  = slices.Concat([]string{"id", "name"}, persona.FieldKeys(), []string{"variants"})
	campaignKeys = []string{"externalId", "name", "persona"}
)

func settingKeys() []string {
	var keys []string
	for _, part := range persona.SettingParts() {
		keys = append(keys, part.Key)
	}
	return keys
}

// reader reads the tree of a file and notes what is wrong with it.
type reader struct {
	folder *Folder
	file   *file
	first  int // what is added to lines
}

func (r reader) fault(line int, format string, arguments ...any) {
	r.folder.fault(r.where(line), fmt.Sprintf(format, arguments...))
}

func (r reader) where(line int) string {
	return r.file.shown + ":" + strconv.Itoa(max(line+r.first, 1))
}

// object calls do with each value of an object, by its key.
func (r reader) object(n *yaml.Node, what string, keys []string, do func(key string, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fault(n.Line, "%s must have keys: %s", what, strings.Join(keys, ", "))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind == yaml.AliasNode || value.Kind == yaml.AliasNode || value.Anchor != "" || key.ShortTag() == "!!merge":
			r.fault(key.Line, "anchors and aliases (& and *) are not read. Write the words themselves")
		case !slices.Contains(keys, key.Value):
			r.fault(key.Line, "%s has no key “%s”. The keys are: %s%s", what, key.Value, strings.Join(keys, ", "), hint(key.Value))
		case seen[key.Value] > 0:
			r.fault(key.Line, "%s is there twice, here and in line %d", key.Value, seen[key.Value]+r.first)
		default:
			do(key.Value, value)
		}
		seen[key.Value] = key.Line
	}
}

func hint(key string) string {
	switch key {
	case "isDefault":
		return ". Which persona is the default is said once, beside the list, as default: NAME"
	case "version":
		return ". personae export --to FILE writes such files; the one without --to is for personae load"
	}
	return ""
}

// list calls do with each item of a list.
func (r reader) list(n *yaml.Node, what string, do func(*yaml.Node)) {
	switch {
	case n.ShortTag() == "!!null":
	case n.Kind != yaml.SequenceNode:
		r.fault(n.Line, "%s must be a list", what)
	default:
		for _, item := range n.Content {
			do(item)
		}
	}
}

// words reads a text; null is empty.
func (r reader) words(key string, n *yaml.Node) string {
	switch {
	case n.Kind != yaml.ScalarNode:
		r.fault(n.Line, "%s must be a text", key)
	case n.ShortTag() == "!!null":
	case n.ShortTag() != "!!str":
		r.fault(n.Line, `%s must be a text. Put it between quotation marks: "%s"`, key, n.Value)
	default:
		return n.Value
	}
	return ""
}

func (r reader) yes(key string, n *yaml.Node) bool {
	if n.ShortTag() != "!!bool" {
		r.fault(n.Line, "%s must be true or false", key)
	}
	return strings.EqualFold(n.Value, "true")
}

var digits = regexp.MustCompile(`^[0-9]{1,9}$`)

// number reads a whole number; null is 0.
func (r reader) number(key string, n *yaml.Node) int {
	if n.ShortTag() == "!!null" {
		return 0
	}
	if n.ShortTag() != "!!int" || !digits.MatchString(n.Value) {
		r.fault(n.Line, "%s must be a whole number", key)
		return 0
	}
	number, _ := strconv.Atoi(n.Value)
	return number
}

func (r reader) id(key string, n *yaml.Node) uuid.NullUUID {
	if n.ShortTag() == "!!null" {
		return uuid.NullUUID{}
	}
	id, err := uuid.Parse(n.Value)
	if err != nil || len(n.Value) != 36 {
		r.fault(n.Line, "%s must be an id as export writes it, such as 7d0c5a0e-1f6b-4c57-9a52-0d5f3a3f8f11. "+
			"Take the line out where there is none yet", key)
		return uuid.NullUUID{}
	}
	return uuid.NullUUID{UUID: id, Valid: true}
}

// top reads a file that is no persona alone.
func (r reader) top(root *yaml.Node) {
	f := r.folder
	r.object(root, "the file", topKeys, func(key string, value *yaml.Node) {
		if key != "personas" && key != "campaigns" {
			if other, twice := f.said[key]; twice {
				r.fault(value.Line, "%s is said in %s already", key, other)
				return
			}
			f.said[key] = r.where(value.Line)
		}
		f.at[key] = place{file: r.file, node: root}
		switch key {
		case "workspace":
			f.Workspace = r.id(key, value)
		case "revision":
			f.Declared.Revision = r.number(key, value)
		case "default":
			f.Declared.Default, f.Declared.Where = persona.CleanLine(r.words(key, value)), r.where(value.Line)
		case "complete":
			f.Declared.Complete = r.yes(key, value)
			if f.Declared.Where == "" {
				f.Declared.Where = r.where(value.Line)
			}
		case "settings":
			r.settings(value)
		case "personas":
			r.list(value, key, r.persona)
		case "campaigns":
			r.list(value, key, r.campaign)
		}
	})
}

func (r reader) settings(n *yaml.Node) {
	s := &r.folder.Declared.Settings
	s.Where = r.where(n.Line)
	if n.ShortTag() == "!!null" {
		return
	}
	lines := map[string]int{}
	parts := persona.SettingParts()
	r.object(n, "settings", settingKeys(), func(key string, value *yaml.Node) {
		part := parts[slices.Index(settingKeys(), key)]
		s.Says = append(s.Says, part.Name)
		lines[part.Name] = value.Line
		switch key {
		case "companyName":
			s.CompanyName = r.words(key, value)
		case "qualificationQuestions":
			s.QualificationQuestions = r.words(key, value)
		case "draftGenerationEnabled":
			s.DraftsOff = !r.yes(key, value)
		case "forgetLeadsAfterMonths":
			s.ForgetAfter = r.number(key, value)
		default:
			f := persona.Fields()[slices.Index(persona.FieldKeys(), key)]
			*f.Of(&s.Voice) = r.words(key, value)
		}
	})
	s.Settings = s.Clean()
	for _, e := range append(s.CheckRest(), persona.InSettings(s.Check())...) {
		r.fault(lines[e.Field], "%s", e.Message)
	}
}

func (r reader) persona(n *yaml.Node) {
	p := persona.DeclaredPersona{Where: r.where(n.Line)}
	lines := map[string]int{}
	r.object(n, "a persona", personaKeys, func(key string, value *yaml.Node) { r.personaKey(&p, lines, key, value) })
	if n.Kind == yaml.MappingNode {
		r.personaDone(p, lines, n, nil)
	}
}

func (r reader) personaKey(p *persona.DeclaredPersona, lines map[string]int, key string, value *yaml.Node) {
	switch key {
	case "id":
		p.ID = r.id(key, value)
	case "name":
		p.Name, lines["name"] = r.words(key, value), value.Line
	case "variants":
		p.Variants = r.variants(value, lines)
	default:
		f := persona.Fields()[slices.Index(persona.FieldKeys(), key)]
		*f.Of(&p.Voice), lines[f.Name] = r.words(key, value), value.Line
	}
}

// variants reads words in other languages.
func (r reader) variants(n *yaml.Node, lines map[string]int) persona.Variants {
	var list []persona.Variant
	if n.ShortTag() == "!!null" {
		return ""
	}
	if n.Kind != yaml.MappingNode {
		r.fault(n.Line, "variants must have languages as its keys, such as de or pt-BR")
		return ""
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := persona.Variant{Language: language.Tag(n.Content[i].Value)}
		lines[persona.NewVariantLanguage] = n.Content[i].Line
		r.object(n.Content[i+1], "variants."+string(v.Language), persona.VariantKeys(), func(key string, value *yaml.Node) {
			f := persona.VariantFields()[slices.Index(persona.VariantKeys(), key)]
			*v.Of(f), lines[f.In(v.Language).Name] = r.words(key, value), value.Line
		})
		list = append(list, v)
	}
	return persona.Pack(list...)
}

// personaDone checks a persona and keeps it with its place.
func (r reader) personaDone(p persona.DeclaredPersona, lines map[string]int, n *yaml.Node, of *page) {
	faults := len(r.folder.wrong)
	content, err := p.Validate()
	for _, e := range fieldsOf(err) {
		line := lines[e.Field]
		if line == 0 {
			line = n.Line
		}
		r.fault(line, "%s", e.Message)
	}
	if faults == len(r.folder.wrong) && p.Name != "" {
		p.Content = content
		r.folder.Declared.Personas = append(r.folder.Declared.Personas, p)
		r.folder.personas = append(r.folder.personas, place{r.file, n, of})
	}
}

// page reads a persona in Markdown.
func (r reader) page(p *page) {
	if p.front.root == nil {
		r.fault(1, "the persona has no name. Write one between the lines of three hyphens, as name: …")
		return
	}
	r.first = 1 // the line of hyphens
	declared := persona.DeclaredPersona{Where: r.file.shown}
	lines := map[string]int{}
	r.object(p.front.root, "a persona", personaKeys, func(key string, value *yaml.Node) { r.personaKey(&declared, lines, key, value) })
	if p.front.root.Kind != yaml.MappingNode {
		return
	}
	for _, s := range p.sections {
		if s.field < 0 {
			continue
		}
		f := persona.Fields()[s.field]
		if lines[f.Name] > 0 {
			r.fault(s.line-r.first, "%s is said twice: here, and above as %s", f.Label, persona.FieldKeys()[s.field])
			continue
		}
		*f.Of(&declared.Voice), lines[f.Name] = s.words(), s.line-r.first
	}
	r.personaDone(declared, lines, p.front.root, p)
}

func (r reader) campaign(n *yaml.Node) {
	c := persona.DeclaredCampaign{Where: r.where(n.Line)}
	r.object(n, "a campaign", campaignKeys, func(key string, value *yaml.Node) {
		switch key {
		case "externalId":
			c.ExternalID = r.words(key, value)
		case "name":
			c.Name = r.words(key, value)
		case "persona":
			c.Persona = persona.CleanLine(r.words(key, value))
		}
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	checked := c.CampaignContent
	if checked.Name == "" {
		checked.Name = "none" // it stays as it is
	}
	content, err := checked.Validate()
	for _, e := range fieldsOf(err) {
		r.fault(n.Line, "%s", e.Message)
	}
	if content.ExternalID == "" {
		r.fault(n.Line, "a campaign is known by its externalId, and this one has none")
		return
	}
	c.ExternalID = content.ExternalID
	if c.Name != "" {
		c.Name = content.Name
	}
	r.folder.Declared.Campaigns = append(r.folder.Declared.Campaigns, c)
	r.folder.campaigns = append(r.folder.campaigns, place{file: r.file, node: n})
}
