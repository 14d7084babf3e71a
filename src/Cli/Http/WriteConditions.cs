namespace AkkaKv.Cli;

/// <summary>What a write may depend on, and the reading it supersedes.</summary>
internal sealed record WriteConditions(string? Version = null, string? Match = null, bool Absent = false, string? Context = null)
{
    public bool AreConditional => Version is not null || Match is not null || Absent;

    public IReadOnlyList<(string Name, string Value)> Headers
    {
        get
        {
            var headers = new List<(string, string)>();
            if (Match is not null)
                headers.Add(("If-Match", Match));
            if (Absent)
                headers.Add(("If-None-Match", "*"));
            if (Context is not null)
                headers.Add((HeaderNames.Context, Context));
            return headers;
        }
    }
}
