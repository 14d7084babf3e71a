using System.Collections.Immutable;
using System.Globalization;

namespace AkkaKv.Storage.Tests;

/// <summary>The cases are files that a person can read and write: see testdata/compaction/README.md.</summary>
public sealed class CompactionPickerTests
{
    private static readonly StorageOptions Options = new() { LevelZeroTables = 2, LevelMultiplier = 10 };

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "testdata", "compaction"), "*.txt").Order())
        {
            foreach (var text in File.ReadAllText(path).Split("# ", StringSplitOptions.RemoveEmptyEntries))
                cases.Add(Path.GetFileNameWithoutExtension(path), text.Trim());
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Picker_should_choose_what_the_case_says(string file, string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries);
        var levels = Enumerable.Range(0, LevelSet.LevelCount).Select(_ => ImmutableArray<TableInfo>.Empty).ToArray();
        var stuck = new HashSet<ulong>();
        var drops = new List<RangeDrop>();
        foreach (var line in lines[1..^1])
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "stuck")
                stuck.UnionWith(words[1..].Select(Number));
            else if (words[0] == "drop")
                drops.Add(Drop(words));
            else if (words[0] == "deletes")
                AddDeletes(levels, Number(words[1].TrimEnd(':')), words[2].Split('/'));
            else
                levels[words[0][1] - '0'] = [.. words[1..].Chunk(3).Select(Table)];
        }

        // The tables of the cases are small, so that their bytes can be read: a base of 100 bytes is scaled up to what the options allow.
        var picked = new CompactionPicker(Options with { LevelBaseBytes = 100 * Scale }).Pick([.. levels], stuck, drops);

        Assert.True(lines[^1] == $"=> {Text(picked)}", $"{file}, {lines[0]}: {lines[^1]}, but the choice was {Text(picked)}");
    }

    private const int Scale = 1 << 10;

    private static TableInfo Table(string[] words)
    {
        var keys = words[1].Split('-');
        return new TableInfo
        {
            Number = Number(words[0].TrimEnd(':')),
            FileBytes = long.Parse(words[2], CultureInfo.InvariantCulture) * Scale,
            SmallestSequence = 1,
            LargestSequence = 2,
            SmallestKey = Rows.Bytes(keys[0]),
            LargestKey = Rows.Bytes(keys[1]),
        };
    }

    private static void AddDeletes(ImmutableArray<TableInfo>[] levels, ulong number, string[] share)
    {
        for (var level = 0; level < levels.Length; level++)
        {
            levels[level] = [.. levels[level].Select(table =>
                table.Number == number ? table with { Deletes = Number(share[0]), Rows = Number(share[1]) } : table)];
        }
    }

    private static RangeDrop Drop(string[] words)
    {
        var keys = words[2].Split('-');
        return new RangeDrop(Number(words[1].TrimEnd(':')), Sequence: 100, Rows.Bytes(keys[0]), Rows.Bytes(keys[1]));
    }

    private static ulong Number(string word) => ulong.Parse(word, CultureInfo.InvariantCulture);

    private static string Text(CompactionPick? pick)
    {
        if (pick is null)
            return "nothing";

        var inputs = pick.Inputs.GroupBy(input => input.Level)
            .Select(level => $"L{level.Key} {string.Join(' ', level.Select(input => input.Table.Number))}");
        return $"{(pick.IsMove ? "move " : "")}{string.Join(", ", inputs)} to L{pick.OutputLevel}";
    }
}
