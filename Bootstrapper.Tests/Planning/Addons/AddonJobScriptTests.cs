using System.Runtime.Versioning;
using NUnit.Framework;
using Sextant.Tests.TestKit;

namespace Sextant.Tests.Planning.Addons;

/// <summary>What a master's job does, with a kubectl and a bootstrapper that are scripts here.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
public sealed class AddonJobScriptTests
{
    private const string Labels = "m1 a=1 b=\nm2 a=1\nm9 a=1\n";
    private TemporaryFolder folder = null!;

    [SetUp]
    public void Prepare()
    {
        folder = new TemporaryFolder();
        Program("kubectl", """
            while [ "${1#--}" != "$1" ]; do shift; done
            echo "$*" >>calls
            [ "$1" = -n ] && shift 2
            if [ -e "fail-$1" ]; then mv "fail-$1" failed; echo "$1 failed" >&2; exit 1; fi
            case $1 in
                get)
                    case $2 in
                        configmap) for key; do :; done; key=${key#*.data.}; cat "cluster-${key%\}}" 2>/dev/null || : ;;
                        nodes) cat nodes ;;
                    esac ;;
                create)
                    for one; do case $one in --from-literal=digest=*) echo "digest ${one#*digest=}" ;; --from-file=objects=*) cat "${one#*objects=}" ;; esac; done ;;
                apply)
                    for file; do :; done
                    case $file in
                        *record) sed -n 's/^digest //p' "$file" | tr -d '\n' >cluster-digest; sed 1d "$file" >cluster-objects ;;
                        *) cp "$file" applied; echo 'a serverside-applied' ;;
                    esac ;;
            esac
            """);
        Program("curl", """
            for one; do
                case $last in --output) output=$one ;; esac
                last=$one
            done
            case $last in
                */readyz)
                    [ -e not-ready ] && { mv not-ready was-not-ready; echo 'curl: (22) The requested URL returned error: 500' >&2; exit 22; }
                    exit 0 ;;
            esac
            [ -e down ] && { echo 'curl: (7) Failed to connect' >&2; exit 7; }
            [ -e refused ] && { mv refused was-refused; echo 'this machine is no master' >"$output"; printf 403; exit 0; }
            cp "served/${last##*/}" "$output"
            printf 200
            echo "$*" >>requests
            """);
        folder.Write("admin.conf", "x");
        folder.Write("nodes", "m1 uid-1\nm2 uid-2\n");
        Serve(PlannedClusters.Plan(PlannedClusters.Three).AddonManifests(), Labels);
    }

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void A_new_cluster_gets_its_addons_and_its_nodes_their_labels()
    {
        var result = Run();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(folder.At("applied")), Is.EqualTo(File.ReadAllText(folder.At("served", "addons.yaml"))));
            Assert.That(Calls(), Does.Contain("label node m1 --overwrite a=1 b=").And.Contain("label node m2 --overwrite a=1"));
            Assert.That(Calls(), Has.None.Contains("m9"), "a node that has not registered is not asked for");
            Assert.That(Calls(), Has.None.Contains("delete"));
            Assert.That(Calls(), Has.Some.Contains("apply --server-side --force-conflicts --field-manager=sextant"));
            Assert.That(result.Output, Does.Contain("applied 1 objects").And.Contain("labelled the nodes: m1 m2"));
            Assert.That(File.ReadAllLines(folder.At("requests"))[0], Does.Contain("--cert").And.Contain("machine.crt").And.Contain("https://10.0.0.1/node/52-54-00-00-00-01/addons.yaml"));
        });
    }

    [Test]
    public void A_second_look_changes_nothing()
    {
        Run();
        File.Delete(folder.At("calls"));
        var result = Run();
        Assert.That(result.Output, Is.Empty);
        Assert.That(Calls(), Has.None.StartsWith("apply").And.None.StartsWith("label"));
    }

    [Test]
    public void A_master_that_starts_again_applies_what_somebody_may_have_changed()
    {
        Run();
        File.Delete(folder.At("calls"));
        Directory.Delete(folder.At("run"), recursive: true);
        Run();
        Assert.That(Calls(), Has.Some.StartsWith("apply").And.Some.StartsWith("label"));
    }

    [Test]
    public void A_node_that_registers_later_is_labelled_then()
    {
        Run();
        File.Delete(folder.At("calls"));
        File.AppendAllText(folder.At("nodes"), "m9 uid-9\n");
        Run();
        Assert.That(Calls(), Does.Contain("label node m9 --overwrite a=1").And.None.StartsWith("apply"));
    }

    [Test]
    public void What_no_addon_has_any_more_is_deleted_after_the_new_ones_are_there()
    {
        Run();
        File.AppendAllText(folder.At("cluster-objects"), "deployment.apps old one\nclusterrole.rbac.authorization.k8s.io - old\n");
        File.Delete(folder.At("calls"));
        Serve(PlannedClusters.Plan(PlannedClusters.Three with { Flannel = new(Sextant.Cluster.FlannelBackend.HostGw) }).AddonManifests(), Labels);
        var result = Run();
        var calls = Calls().ToList();
        Assert.That(calls.Where(call => call.Contains("delete", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "-n old delete deployment.apps one --ignore-not-found --wait=false", "delete clusterrole.rbac.authorization.k8s.io old --ignore-not-found --wait=false",
        }), result.ToString());
        Assert.That(calls.FindIndex(call => call.Contains("delete", StringComparison.Ordinal)), Is.GreaterThan(calls.FindIndex(call => call.StartsWith("apply", StringComparison.Ordinal))));
        Assert.That(File.ReadAllText(folder.At("cluster-objects")), Does.Not.Contain("old"));
    }

    [Test]
    public void Whoever_was_stopped_before_the_deleting_was_done_begins_again()
    {
        Run();
        File.AppendAllText(folder.At("cluster-objects"), "deployment.apps old one\n");
        File.WriteAllText(folder.At("cluster-digest"), "an earlier one");
        folder.Write("fail-delete", "");
        var result = Run();
        Assert.That(result.Output, Does.Contain("cannot delete deployment.apps one: delete failed"));
        Assert.That(Calls().Count(call => call.StartsWith("-n old delete", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(File.ReadAllText(folder.At("cluster-digest")), Has.Length.EqualTo(64));
    }

    [TestCase("not-ready", "the API of this machine is not ready: curl: (22)")]
    [TestCase("fail-get", "cannot read what is in force: get failed")]
    [TestCase("fail-apply", "cannot apply the addons yet: apply failed")]
    [TestCase("fail-label", "cannot label m1: label failed")]
    [TestCase("fail-create", "cannot record what was applied: create failed")]
    [TestCase("refused", "addons.yaml: the bootstrapper answers 403: this machine is no master")]
    public void What_fails_is_said_and_done_again(string fault, string words)
    {
        folder.Write(fault, "");
        var result = Run();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain(words));
        Assert.That(result.Output, Does.Contain("applied 1 objects").And.Contain("labelled the nodes"));
    }

    [Test]
    public void While_the_bootstrapper_is_away_the_copies_serve_a_new_cluster()
    {
        Run();
        foreach (var gone in new[] { "cluster-digest", "cluster-objects", "applied" }) File.Delete(folder.At(gone));
        Directory.Delete(folder.At("run"), recursive: true);
        folder.Write("down", "");
        var result = Run();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.Exists(folder.At("applied")), result.ToString());
    }

    [Test]
    public void A_copy_is_not_applied_over_what_another_master_got_later()
    {
        Run();
        File.WriteAllText(folder.At("cluster-digest"), new string('0', 64));
        File.Delete(folder.At("applied"));
        folder.Write("down", "");
        var result = Run();
        Assert.That(result.Status, Is.Zero, result.ToString());
        Assert.That(File.Exists(folder.At("applied")), Is.False);
        Assert.That(result.Output, Does.Contain("waiting for the bootstrapper"));
    }

    [TestCase("apiVersion: v1\nkind: ConfigMap\n", "is not all of it")]
    [TestCase("# end of the addons\n", "do not name their objects")]
    public void A_text_that_cannot_be_the_addons_is_not_applied(string text, string words)
    {
        Serve(text, Labels);
        var result = Run("1");
        Assert.That(result.Status, Is.EqualTo(124), "it goes on trying: " + result);
        Assert.That(result.Output, Does.Contain(words));
        Assert.That(File.Exists(folder.At("applied")), Is.False);
        Assert.That(result.Output.Split('\n').Count(line => line.Contains(words, StringComparison.Ordinal)), Is.LessThanOrEqualTo(2), "what does not change is not said at every attempt");
    }

    private string[] Calls() => File.ReadAllLines(folder.At("calls"));

    private void Serve(string addons, string labels)
    {
        folder.Write("served/addons.yaml", addons);
        folder.Write("served/node-labels", labels);
    }

    private void Program(string name, string script)
    {
        var path = folder.Write("bin/" + name, $"#!/bin/sh\ncd '{folder.Path}' || exit 9\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private Tool.Result Run(string seconds = "20")
    {
        var script = folder.Write("script", PlannedClusters.PlanOf(PlannedClusters.Three, 1).Files.Single(file => file.Path == "/etc/sextant/addons").Content);
        return Tool.Run("timeout", [seconds, "sh", script], "", new Dictionary<string, string>
        {
            ["SEXTANT_ETC"] = folder.Path,
            ["SEXTANT_ADDONS_STATE"] = folder.At("kept"),
            ["SEXTANT_ADDONS_RUN"] = folder.At("run"),
            ["SEXTANT_KUBECTL"] = folder.At("bin", "kubectl"),
            ["SEXTANT_KUBECONFIG"] = folder.At("admin.conf"),
            ["SEXTANT_RETRY_SECONDS"] = "0",
            ["SEXTANT_RETRY_LIMIT"] = "0",
            ["PATH"] = $"{folder.At("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
        });
    }
}
