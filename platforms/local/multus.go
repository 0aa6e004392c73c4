//go:build linux

package local

import (
	"context"
	"fmt"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// furnishLayout defines the kinds that charts expect of the platform whose layout the cluster has. Multus itself does not
// run: as on the platform, what istio-cni writes for it is not what the runtime reads first.
func (b bringUp) furnishLayout(ctx context.Context) error {
	layout, err := layoutOf(b.spec.Layout)
	if err != nil || !layout.Multus {
		return err
	}
	client, err := apiextensions.NewForConfig(b.config)
	if err != nil {
		return fmt.Errorf("connecting to the API server: %w", err)
	}
	definition := networkAttachmentDefinition()
	_, err = client.ApiextensionsV1().CustomResourceDefinitions().Create(ctx, definition, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("defining %s: %w", definition.Spec.Names.Kind, err)
	}
	return nil
}

// networkAttachmentDefinition is the kind by which pods ask Multus for networks.
// Source: github.com/k8snetworkplumbingwg/multi-net-spec, version 1.
func networkAttachmentDefinition() *apiextensionsv1.CustomResourceDefinition {
	text := apiextensionsv1.JSONSchemaProps{Type: "string"}
	schema := apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
		"spec": {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"config": text}},
	}}
	const group, plural = "k8s.cni.cncf.io", "network-attachment-definitions"
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: plural + "." + group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: group,
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{
				Plural: plural, Singular: "network-attachment-definition", Kind: "NetworkAttachmentDefinition",
				ShortNames: []string{"net-attach-def"},
			},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &schema},
			}},
		},
	}
}
