package activities

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/google/cel-go/cel"

	"github.com/ovation-live/ovation/clip"
)

// Rules decides what becomes of a moment. The first rule whose condition holds
// applies.
type Rules struct {
	rules []rule
}

type rule struct {
	clip.Rule
	when      cel.Program
	text, alt *template.Template
}

// NewRules compiles rules. An error names the rule and the key that is wrong.
func NewRules(rules []clip.Rule) (*Rules, error) {
	env, err := cel.NewEnv(
		cel.Variable("moment", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("feed", cel.MapType(cel.StringType, cel.DynType)))
	if err != nil {
		return nil, clip.Errorf(clip.Internal, "prepare rules", "%w", err)
	}
	var out Rules
	for _, r := range rules {
		c, err := compile(env, r)
		if err != nil {
			return nil, clip.Errorf(clip.Invalid, fmt.Sprintf("read rule %q", r.Name), "%w", err)
		}
		out.rules = append(out.rules, c)
	}
	return &out, nil
}

// compile reads one rule's condition and texts.
func compile(env *cel.Env, r clip.Rule) (rule, error) {
	c := rule{Rule: r}
	when := r.When
	if when == "" {
		when = "true"
	}
	ast, issues := env.Compile(when)
	if issues.Err() != nil {
		return c, fmt.Errorf("when: %w", issues.Err())
	}
	if ast.OutputType() != cel.BoolType && ast.OutputType() != cel.DynType {
		return c, fmt.Errorf("when: it yields %s, a condition yields bool", ast.OutputType())
	}
	var err error
	if c.when, err = env.Program(ast, cel.CostLimit(100_000)); err != nil {
		return c, fmt.Errorf("when: %w", err)
	}
	if c.text, err = words("text", r.Text); err != nil {
		return c, err
	}
	c.alt, err = words("alt", r.Alt)
	return c, err
}

func words(key, text string) (*template.Template, error) {
	t, err := template.New(key).Option("missingkey=error").
		Funcs(template.FuncMap{"join": strings.Join, "upper": strings.ToUpper}).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return t, nil
}

// match finds the rule for a moment.
func (r *Rules) match(m clip.Moment, f clip.Feed) (rule, error) {
	op := "choose a rule for a moment on " + string(m.Feed)
	vars := map[string]any{"moment": asMap(m), "feed": asMap(f)}
	for _, c := range r.rules {
		v, _, err := c.when.Eval(vars)
		if err != nil {
			return rule{}, clip.Errorf(clip.Invalid, op, "the condition of rule %q cannot be asked of it: %w", c.Name, err)
		}
		if v.Value() == true {
			return c, nil
		}
	}
	return rule{}, clip.Errorf(clip.Invalid, op, "no rule's condition holds for kind %q; add a last rule with when: \"true\"", m.Kind)
}

// asMap gives CEL the moment or feed under its JSON names.
func asMap(v any) map[string]any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("activities: %T has no JSON: %v", v, err)) // only clip's types come here
	}
	m := map[string]any{}
	if err := json.Unmarshal(b, &m); err != nil {
		panic(fmt.Sprintf("activities: %T is no JSON object: %v", v, err))
	}
	return m
}

// drafts writes what the rule would post of a moment to each destination.
func (c rule) drafts(m clip.Moment, profiles *Profiles) ([]clip.Draft, error) {
	op := fmt.Sprintf("write the text of rule %q", c.Name)
	var text, alt strings.Builder
	if err := c.text.Execute(&text, m); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	if err := c.alt.Execute(&alt, m); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	var out []clip.Draft
	for _, name := range c.Destinations {
		p, ok := profiles.Of(name)
		if !ok {
			return nil, clip.Errorf(clip.Invalid, op, "there is no destination %q", name)
		}
		i := slices.IndexFunc(p.Shapes, func(s clip.Shape) bool { return slices.Contains(c.Shapes, s) })
		if i < 0 {
			return nil, clip.Errorf(clip.Invalid, op, "destination %q takes shapes %v, the rule renders %v", name, p.Shapes, c.Shapes)
		}
		out = append(out, clip.Draft{Destination: name, Shape: p.Shapes[i],
			Text: strings.TrimSpace(text.String()), Alt: strings.TrimSpace(alt.String())})
	}
	return out, nil
}
