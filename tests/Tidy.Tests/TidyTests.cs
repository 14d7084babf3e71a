using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AkkaKv.Tidy.Tests;

/// <summary>What the compiler cannot check: who may know whom, how long a file may be, what must not be left behind.</summary>
public partial class TidyTests
{
    /// <summary>A file that one mind holds.</summary>
    private const int LineLimit = 450;

    private static readonly string[] Projects = ["Protocol", "Storage", "Node", "Cli"];

    [Theory]
    [InlineData("Storage", "")]
    [InlineData("Protocol", "")]
    [InlineData("Node", "Protocol Storage")]
    [InlineData("Cli", "Node Protocol Storage")]
    public void Project_should_reference_only_the_layers_below_it(string project, string allowed)
    {
        var file = Directory.GetFiles(Path.Combine(Repository.Root, "src", project), "*.csproj").Single();
        var references = XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')).Split('.')[^1]);
        Assert.Empty(references.Except(allowed.Split(' ')));
    }

    [Fact]
    public void Storage_should_know_no_akka_and_no_protocol()
    {
        Assert.Empty(Mentions("src/Storage", AkkaOrProtocol()));
        Assert.DoesNotContain(Packages("Storage"), package => package.StartsWith("Akka", StringComparison.Ordinal));
    }

    [Fact]
    public void Protocol_should_know_no_storage_and_no_node()
    {
        Assert.Empty(Mentions("src/Protocol", StorageOrNode()));
    }

    [Fact]
    public void Node_should_not_know_the_command_line()
    {
        Assert.Empty(Mentions("src/Node", CliNamespace()));
    }

    [Fact]
    public void Namespace_should_be_one_per_project()
    {
        var strays = Projects.SelectMany(project => Repository.Files($"src/{project}", ".cs"))
            .Where(path => !Regex.IsMatch(
                File.ReadAllText(path),
                $@"^namespace AkkaKv\.{Repository.Relative(path).Split(Path.DirectorySeparatorChar)[1]};",
                RegexOptions.Multiline) && Path.GetFileName(path) != "Program.cs");
        Assert.Empty(strays.Select(Repository.Relative));
    }

    [Fact]
    public void File_should_be_short_enough_for_one_mind()
    {
        var long_ = Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs"))
            .Select(path => (Path: Repository.Relative(path), Lines: File.ReadLines(path).Count()))
            .Where(file => file.Lines > LineLimit);
        Assert.Empty(long_);
    }

    [Fact]
    public void Source_should_hold_no_leftovers()
    {
        var left = Repository.Files("src", ".cs").Concat(Repository.Files("tests", ".cs"))
            .Where(path => !path.EndsWith("TidyTests.cs", StringComparison.Ordinal))
            .SelectMany(path => File.ReadLines(path).Select((line, at) => (Where: $"{Repository.Relative(path)}:{at + 1}", line)))
            .Where(line => Leftover().IsMatch(line.line));
        Assert.Empty(left);
    }

    [Fact]
    public void Tests_should_wait_for_events_and_not_for_time()
    {
        var sleeps = Repository.Files("tests", ".cs")
            .Where(path => !path.EndsWith("TidyTests.cs", StringComparison.Ordinal))
            .SelectMany(path => File.ReadLines(path).Select((line, at) => (Where: $"{Repository.Relative(path)}:{at + 1}", line)))
            .Where(line => Sleep().IsMatch(line.line));
        Assert.Empty(sleeps);
    }

    [Fact]
    public void Files_should_carry_no_path_of_the_machine_they_were_written_on()
    {
        var paths = Repository.Files(".", ".cs", ".md", ".csproj", ".props", ".conf", ".json", ".yaml", ".sh", ".proto")
            .Where(path => !path.EndsWith("TidyTests.cs", StringComparison.Ordinal))
            .Where(path => MachinePath().IsMatch(File.ReadAllText(path)));
        Assert.Empty(paths.Select(Repository.Relative));
    }

    [Fact]
    public void Package_version_should_be_exact_and_central()
    {
        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Select(package => package.Attribute("Version")!.Value);
        Assert.All(versions, version => Assert.Matches(@"^\d+(\.\d+)+(-[\w.]+)?$", version));
        var own = Repository.Files(".", ".csproj").Where(path => XDocument.Load(path).Descendants("PackageReference")
            .Any(reference => reference.Attribute("Version") is not null));
        Assert.Empty(own.Select(Repository.Relative));
    }

    [Theory]
    [InlineData("README.md", "tests/Example/Program.cs")]
    [InlineData("docs/storage.md", "tests/Storage.Tests/StorageExample.cs")]
    public void Page_should_show_the_example_that_is_compiled(string page, string source)
    {
        var example = File.ReadAllText(Path.Combine(Repository.Root, source)).Trim();
        Assert.Contains(example, File.ReadAllText(Path.Combine(Repository.Root, page)), StringComparison.Ordinal);
    }

    [Fact]
    public void Docs_should_link_to_files_that_exist()
    {
        var broken = Repository.Files(".", ".md").SelectMany(path => Link().Matches(File.ReadAllText(path))
            .Select(match => Path.Combine(Path.GetDirectoryName(path)!, match.Groups[1].Value))
            .Where(target => !File.Exists(target) && !Directory.Exists(target))
            .Select(target => $"{Repository.Relative(path)} -> {Repository.Relative(target)}"));
        Assert.Empty(broken);
    }

    private static IEnumerable<string> Mentions(string folder, Regex what) =>
        Repository.Files(folder, ".cs").Where(path => what.IsMatch(File.ReadAllText(path))).Select(Repository.Relative);

    private static IEnumerable<string> Packages(string project) =>
        XDocument.Load(Directory.GetFiles(Path.Combine(Repository.Root, "src", project), "*.csproj").Single())
            .Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value);

    [GeneratedRegex(@"\busing Akka\b|\bAkka\.[A-Z]|AkkaKv\.(Protocol|Node|Cli)\b")]
    private static partial Regex AkkaOrProtocol();

    [GeneratedRegex(@"AkkaKv\.(Storage|Node|Cli)\b")]
    private static partial Regex StorageOrNode();

    [GeneratedRegex(@"AkkaKv\.Cli\b")]
    private static partial Regex CliNamespace();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|\bSkip\s*=")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay\((?!Timeout\.Infinite)")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"/(work|root|home)/[a-z]")]
    private static partial Regex MachinePath();
}
